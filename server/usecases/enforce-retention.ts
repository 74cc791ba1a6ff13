import { identityKey, parseIdentityKey, type ExternalUserId, type PersonId, type UnionId } from '../domain/ids.ts'
import type { Contact, Person } from '../domain/person.ts'
import { endOf, periods, type DatedKind, type RetentionDays, type RetentionKind, type RetentionRun } from '../domain/retention.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { Log } from '../ports/log.ts'
import type { People } from '../ports/people.ts'
import type { Retention } from '../ports/retention.ts'
import type { Timeline } from '../ports/timeline.ts'
import type { EraseCustomer } from './erase-customer.ts'
import { inParallel } from './in-parallel.ts'
import type { LetNoticesGo } from './let-notices-go.ts'
import { identitiesOf } from './remember-events.ts'

export interface EnforceRetentionDeps {
  retention: Retention
  people: People
  contacts: Contacts
  timeline: Timeline
  eraseCustomer: Pick<EraseCustomer, 'later'>
  letNoticesGo: LetNoticesGo
  days: RetentionDays
  clock: Clock
  log: Log
}

export type EnforceRetention = ReturnType<typeof createEnforceRetention>

const batch = 1_000
const personsAtOnce = 200
const queriesAtOnce = 16
const dayMs = 86_400_000
/**
 * Whoever has a salesperson is looked at again after this: losing her counts as an activity, and no period is shorter.
 */
const servedAgainMs = 7 * dayMs

const wholeKinds: readonly RetentionKind[] = ['strangers', 'notices', 'refusals']
const datedKinds = periods.map(({ kind }) => kind).filter((kind): kind is DatedKind => !wholeKinds.includes(kind))

/**
 * The daily end of what has had its time, by the Clock (C6): each kind by its own date, in batches; and people whom no
 * salesperson has, as a whole, by their last activity. They leave as in an erasure (what law obliges to keep is locked
 * away), except that they are free to come back. Safe to stop and to repeat anywhere; only a whole run is noted.
 */
export function createEnforceRetention(deps: EnforceRetentionDeps) {
  const { retention, people, contacts, timeline, eraseCustomer, days, clock, log } = deps

  async function removeAll(kind: DatedKind, before: Date): Promise<number> {
    for (let sum = 0; ; ) {
      const removed = await retention.removeOlder(kind, before, batch)
      sum += removed
      if (removed < batch) return sum
    }
  }

  /** Contacts by identity: by their own id, and by a unionid that the person shares with them. */
  async function contactsOf(persons: readonly Person[]): Promise<(person: Person) => readonly Contact[]> {
    const ids = persons.flatMap(identitiesOf).map((key) => parseIdentityKey(key))
    const [own, sharing] = await Promise.all([
      contacts.many(ids.flatMap((id): ExternalUserId[] => (id.kind === 'external' ? [id.externalUserId] : []))),
      contacts.byUnionIds(ids.flatMap((id): UnionId[] => (id.kind === 'unionid' ? [id.unionId] : []))),
    ])
    const found = new Map([...own.values(), ...sharing].map((contact) => [contact.externalUserId, contact]))
    return (person) => {
      const keys = new Set<string>(identitiesOf(person))
      return [...found.values()].filter(({ externalUserId, unionId }) => {
        const isTheirs = keys.has(identityKey({ kind: 'external', externalUserId }))
        return isTheirs || (unionId !== null && keys.has(identityKey({ kind: 'unionid', unionId })))
      })
    }
  }

  /** The newest of: what they did, when an identity was found to be theirs, when a salesperson's part ended. */
  async function lastActivity(person: Person, found: readonly Contact[]): Promise<Date> {
    const newest = await timeline.of(identitiesOf(person), { limit: 1 })
    const ends = found.flatMap(({ follows }) => follows.flatMap(({ ended }) => (ended ? [ended.at] : [])))
    const times = [...newest.map(({ at }) => at), ...person.identities.map(({ since }) => since), ...ends]
    return new Date(Math.max(...times.map((at) => at.getTime())))
  }

  /** When to look at this person again; `leaves`: their time is over. */
  async function judge(person: Person, found: readonly Contact[], now: Date): Promise<{ at: Date; leaves: boolean }> {
    if (found.some(({ follows }) => follows.some(({ ended }) => ended === null))) {
      return { at: new Date(now.getTime() + servedAgainMs), leaves: false }
    }
    const last = await lastActivity(person, found)
    const leaves = last < endOf('strangers', days, now)
    const end = last.getTime() + days.strangers * dayMs + 1
    return { at: new Date(leaves ? now.getTime() + dayMs : end), leaves }
  }

  async function letGo(person: Person, now: Date): Promise<void> {
    const [key] = identitiesOf(person)
    if (!key) return
    await eraseCustomer.later(key, { id: `retention:${person.id}:${now.getTime()}`, reason: 'retention', scope: 'person', dueAt: now })
  }

  /** One page of persons; how many of them leave. null: nobody is left to look at. */
  async function lookAtPersons(now: Date): Promise<number | null> {
    const ids = await retention.toCheck(now, personsAtOnce)
    if (ids.length === 0) return null
    const found = new Map([...(await people.byIds(ids)).values()].map((person) => [person.id, person]))
    const persons = [...found.values()]
    const of = await contactsOf(persons)
    const judged = await inParallel(queriesAtOnce, persons, async (person) => ({ person, ...(await judge(person, of(person), now)) }))
    const leaving = judged.filter(({ leaves }) => leaves)
    for (const { person } of leaving) await letGo(person, now)
    const looked = judged.map(({ person, at }) => ({ ids: [person.id, ...person.formerIds], at }))
    const seen = new Set(looked.flatMap((one) => one.ids))
    const others: PersonId[] = ids.filter((id) => !seen.has(id))
    await retention.checkAgain(others.length > 0 ? [...looked, { ids: others, at: new Date(now.getTime() + servedAgainMs) }] : looked)
    return leaving.length
  }

  return async function enforceRetention(): Promise<RetentionRun> {
    const now = clock.now()
    const removed = Object.fromEntries(periods.map(({ kind }) => [kind, 0])) as Record<RetentionKind, number>
    for (let count = await lookAtPersons(now); count !== null; count = await lookAtPersons(now)) removed.strangers += count
    for (const kind of datedKinds) removed[kind] = await removeAll(kind, endOf(kind, days, now))
    Object.assign(removed, await deps.letNoticesGo(now))
    const run = { at: now, removed }
    await retention.noteRun(run)
    log.info({ removed }, 'what had its time was removed')
    return run
  }
}
