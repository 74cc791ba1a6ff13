import { expiryMs, paymentKinds } from '../domain/alert-life.ts'
import type { CustomerEvent, LinkFact } from '../domain/event.ts'
import { identityKey, type IdentityKey } from '../domain/ids.ts'
import type { Contact, Person } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { People } from '../ports/people.ts'
import type { Timeline } from '../ports/timeline.ts'
import type { AnnounceNews } from './announce-news.ts'
import type { BriefSalespeople } from './brief-salespeople.ts'
import type { ClosePaidAlerts } from './close-paid-alerts.ts'
import { groupBy } from './group-by.ts'
import type { HandOverAlerts } from './hand-over-alerts.ts'
import { inParallelToTheEnd } from './in-parallel.ts'
import type { LinkIdentities } from './link-identities.ts'
import type { NoteDeclared } from './note-declared.ts'
import type { Arrivals, RaiseAlerts } from './raise-alerts.ts'
import { readOnce } from './read-once.ts'
import { identitiesOf, type RememberEvents } from './remember-events.ts'
import type { ShowCustomers } from './show-customers.ts'

export interface TellEventsDeps {
  people: People
  timeline: Timeline
  contacts: Pick<Contacts, 'many'>
  linkIdentities: LinkIdentities
  handOverAlerts: HandOverAlerts
  rememberEvents: RememberEvents
  briefSalespeople: BriefSalespeople
  raiseAlerts: RaiseAlerts
  closePaidAlerts: ClosePaidAlerts
  announcePurchases: AnnounceNews['purchases']
  showCustomers: ShowCustomers
  noteDeclared: Pick<NoteDeclared, 'ofEvents'>
  clock: Clock
}

export type TellEvents = ReturnType<typeof createTellEvents>

/** Events whose consequences are worked out together, as a rule. */
const partSize = 200
/** While the store writes what one part led to, another is thought about. */
const partsAtOnce = 2

/** From facts to alerts: who is it, what is remembered, what has become worth a word. */
export function createTellEvents(deps: TellEventsDeps) {
  const { people, timeline, linkIdentities, handOverAlerts, rememberEvents, briefSalespeople, raiseAlerts, clock } = deps

  /** Joined persons may have been joined again since: what counts is who they are now. */
  async function rejoin(joined: readonly Person[]): Promise<void> {
    if (joined.length === 0) return
    const now = await people.byIds(joined.map(({ id }) => id))
    await rememberEvents.rejoin([...now.values()], clock.now(), raiseAlerts)
    await closeWhatWasBought([...now.values()])
  }

  /** What somebody bought before we knew that it was they settles their alerts all the same. */
  async function closeWhatWasBought(joined: readonly Person[]): Promise<void> {
    const persons = new Map(joined.flatMap((person) => identitiesOf(person).map((key) => [key, person] as const)))
    const since = new Date(clock.now().getTime() - expiryMs)
    const bought = await timeline.between([...persons.keys()], since, clock.now(), paymentKinds)
    await deps.closePaidAlerts(bought, persons)
    await deps.announcePurchases(bought, persons)
  }

  return {
    async tell(facts: {
      events: readonly CustomerEvent[]
      /** When each of them arrived, by key. */
      arrivals: Arrivals
      links: readonly LinkFact[]
      /** Contacts as they are after what WeCom told. */
      contacts: readonly Contact[]
    }): Promise<void> {
      await handOverAlerts(facts.contacts)
      const kept = await rememberEvents.keep(facts.events)
      const { events } = kept
      await deps.noteDeclared.ofEvents(events)
      const { joined, known } = await linkIdentities.link(facts.links, events)
      const met = await linkIdentities.joinKnown(facts.contacts, events)
      await briefSalespeople.ofNewContacts(events)
      await rejoin([...joined, ...met])
      const contacts = readOnce(deps.contacts)
      const now = clock.now()
      const persons = await rememberEvents.resolve(events, met.length > 0 ? new Map() : known, now)
      const consequencesOf = async (part: readonly CustomerEvent[]): Promise<void> => {
        const own = new Map(part.map(({ who }) => [identityKey(who), persons.get(identityKey(who)) as Person]))
        const inHand = { arrivals: facts.arrivals, contacts, events: part }
        await rememberEvents.weigh({ events: part, fresh: kept.fresh }, own, now, (turns) => raiseAlerts(turns, inHand))
        await briefSalespeople.ofLate(part, own, contacts)
        await deps.closePaidAlerts(part, own)
        await deps.announcePurchases(part, own)
        await deps.showCustomers(own, contacts)
      }
      // To the end: whoever repeats the batch after a failure must not meet what is still under way.
      await inParallelToTheEnd(partsAtOnce, partsOf(events, persons), consequencesOf)
    },

    /** What contacts and answers found outside the inbox mean: after a synchronisation, or an owed lookup. */
    tellJoins: rejoin,

    async tellContacts(contacts: readonly Contact[]): Promise<void> {
      await handOverAlerts(contacts)
      await rejoin(await linkIdentities.joinKnown(contacts, []))
    },
  }
}

/** The events in parts of about equal size, all of one person in the same: what happens to one person has an order. */
function partsOf(events: readonly CustomerEvent[], persons: ReadonlyMap<IdentityKey, Person>): readonly (readonly CustomerEvent[])[] {
  if (events.length <= partSize) return [events]
  const parts: CustomerEvent[][] = Array.from({ length: Math.ceil(events.length / partSize) }, () => [])
  for (const own of groupBy(events, ({ who }) => persons.get(identityKey(who))?.id).values()) {
    parts.reduce((least, part) => (part.length < least.length ? part : least)).push(...own)
  }
  return parts.filter((part) => part.length > 0)
}
