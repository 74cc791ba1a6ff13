import type { CustomerEvent, LinkFact } from '../domain/event.ts'
import type { Contact } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { People } from '../ports/people.ts'
import type { BriefSalespeople } from './brief-salespeople.ts'
import type { ClosePaidAlerts } from './close-paid-alerts.ts'
import type { HandOverAlerts } from './hand-over-alerts.ts'
import type { Joined, LinkIdentities } from './link-identities.ts'
import type { RaiseAlerts } from './raise-alerts.ts'
import type { RememberEvents } from './remember-events.ts'
import type { ShowCustomers } from './show-customers.ts'

export interface TellEventsDeps {
  people: People
  linkIdentities: LinkIdentities
  handOverAlerts: HandOverAlerts
  rememberEvents: RememberEvents
  briefSalespeople: BriefSalespeople
  raiseAlerts: RaiseAlerts
  closePaidAlerts: ClosePaidAlerts
  showCustomers: ShowCustomers
  clock: Clock
}

export type TellEvents = ReturnType<typeof createTellEvents>

/** From facts to alerts: who is it, what is remembered, what has become worth a word. */
export function createTellEvents(deps: TellEventsDeps) {
  const { people, linkIdentities, handOverAlerts, rememberEvents, briefSalespeople, raiseAlerts, clock } = deps

  /** Joined persons may have been joined again since: what counts is who they are now. */
  async function rejoin(joins: readonly Joined[]): Promise<void> {
    if (joins.length === 0) return
    const now = await people.byIds(joins.map(({ person }) => person.id))
    const persons = new Map([...now.values()].map((person) => [person.id, person]))
    await rememberEvents.rejoin([...persons.values()], clock.now(), raiseAlerts)
  }

  return {
    async tell(facts: {
      events: readonly CustomerEvent[]
      links: readonly LinkFact[]
      /** Contacts as they are after what WeCom told. */
      contacts: readonly Contact[]
    }): Promise<void> {
      await handOverAlerts(facts.contacts)
      const linked = await linkIdentities.link(facts.links, facts.events)
      const known = await linkIdentities.joinKnown(facts.contacts)
      const joins = [...linked, ...known]
      const kept = await rememberEvents.keep(facts.events)
      await briefSalespeople.ofNewContacts(kept)
      await briefSalespeople.ofRevealed(joins, kept)
      await rejoin(joins)
      const persons = await rememberEvents.weigh(kept, clock.now(), raiseAlerts)
      await briefSalespeople.ofLate(kept, persons)
      await deps.closePaidAlerts(kept, persons)
      await deps.showCustomers(persons)
    },

    /** What contacts and answers found outside the inbox mean: after a synchronisation, or an owed lookup. */
    async tellJoins(joins: readonly Joined[]): Promise<void> {
      await briefSalespeople.ofRevealed(joins, [])
      await rejoin(joins)
    },

    async tellContacts(contacts: readonly Contact[]): Promise<void> {
      await handOverAlerts(contacts)
      const joins = await linkIdentities.joinKnown(contacts)
      await this.tellJoins(joins)
    },
  }
}
