import { expiryMs, paymentKinds } from '../domain/alert-life.ts'
import type { CustomerEvent, LinkFact } from '../domain/event.ts'
import type { Contact, Person } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { People } from '../ports/people.ts'
import type { Timeline } from '../ports/timeline.ts'
import type { AnnounceNews } from './announce-news.ts'
import type { BriefSalespeople } from './brief-salespeople.ts'
import type { ClosePaidAlerts } from './close-paid-alerts.ts'
import type { HandOverAlerts } from './hand-over-alerts.ts'
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
      const inHand = { arrivals: facts.arrivals, contacts, events }
      const persons = await rememberEvents.weigh(kept, met.length > 0 ? new Map() : known, clock.now(), (turns) => raiseAlerts(turns, inHand))
      await briefSalespeople.ofLate(events, persons, contacts)
      await deps.closePaidAlerts(events, persons)
      await deps.announcePurchases(events, persons)
      await deps.showCustomers(persons, contacts)
    },

    /** What contacts and answers found outside the inbox mean: after a synchronisation, or an owed lookup. */
    tellJoins: rejoin,

    async tellContacts(contacts: readonly Contact[]): Promise<void> {
      await handOverAlerts(contacts)
      await rejoin(await linkIdentities.joinKnown(contacts, []))
    },
  }
}
