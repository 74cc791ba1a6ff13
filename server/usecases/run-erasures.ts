import { openStates } from '../domain/alert.ts'
import { StoreUnavailable } from '../domain/errors.ts'
import type { CustomerEvent } from '../domain/event.ts'
import { identityKey, type ExternalUserId, type IdentityKey } from '../domain/ids.ts'
import type { Payment } from '../domain/payment.ts'
import { ended, silenced, sinceEver, type Fingerprint, type Silence } from '../domain/recording.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { Inbox } from '../ports/inbox.ts'
import type { Live } from '../ports/live.ts'
import type { Log } from '../ports/log.ts'
import type { Alerts } from '../ports/outbox.ts'
import type { People } from '../ports/people.ts'
import type { Eraser, Erasure, Erasures, ErasureSubject, Locked, LockedRecord, Marks } from '../ports/privacy.ts'
import type { Signals } from '../ports/signals.ts'
import type { Timeline } from '../ports/timeline.ts'
import type { FindSubject } from './find-subject.ts'
import type { RaiseAlerts } from './raise-alerts.ts'
import type { RememberEvents, Turn } from './remember-events.ts'
import type { RetractAlerts } from './retract-alerts.ts'

export interface RunErasuresDeps {
  erasures: Erasures
  marks: Marks
  eraser: Eraser
  locked: Locked
  inbox: Pick<Inbox, 'oldest'>
  people: People
  contacts: Pick<Contacts, 'get'>
  timeline: Timeline
  signals: Signals
  alerts: Alerts
  live: Live
  findSubject: FindSubject
  rememberEvents: RememberEvents
  raiseAlerts: RaiseAlerts
  retractAlerts: RetractAlerts
  takeFingerprint: (key: IdentityKey) => Fingerprint
  newId: () => string
  clock: Clock
  log: Log
}

/** An erasure under way: whose data it is about has been found. */
type Begun = Erasure & { key: IdentityKey; subject: ErasureSubject }

const mostAtOnce = 200
const mostAlerts = 500
const againAfterMs = 5_000
/** One that fails for a reason of its own waits so long, and holds up neither the inbox nor the others. */
const brokenAgainMs = 60_000
const steps = ['retract', 'lock', 'own', 'remake'] as const

/**
 * Carries out the erasures that are due (C4), as part of the inbox's work, so that nobody handles the same people's
 * deliveries meanwhile. First they are marked, so that nothing more comes in; each step after that is noted when it is
 * done and harmless to repeat, so that any process goes on after a crash. All that wait for it share one sweep.
 */
export function createRunErasures(deps: RunErasuresDeps) {
  const { erasures, marks, eraser, locked, people, contacts, timeline, signals, alerts, live, clock, log, takeFingerprint } = deps

  async function hasReturned({ key, reason }: Erasure): Promise<boolean> {
    if (reason !== 'unfollow' || key === null) return false
    const kinds = ['followed-account', 'unfollowed-account'] as const
    const told = await timeline.between([key], sinceEver, clock.now(), kinds)
    return told.at(-1)?.kind === 'followed-account'
  }

  async function begin(erasure: Erasure & { key: IdentityKey }): Promise<Begun | null> {
    if (await hasReturned(erasure)) {
      await erasures.save(erasure.id, { state: 'withdrawn', endedAt: clock.now(), key: null })
      return null
    }
    const { scope } = erasure
    const subject = await deps.findSubject(erasure.key, scope === 'person' ? 'person' : 'identity')
    await mark(erasure, subject)
    const begun = { ...erasure, subject, state: 'running' as const }
    await erasures.save(erasure.id, { subject, state: begun.state })
    return begun
  }

  /** Somebody found to belong to a silent person is marked already (spread-silence.ts). */
  async function mark({ reason, scope, requestedAt }: Erasure, { keys }: ErasureSubject): Promise<void> {
    if (reason === 'linked') return
    const group = deps.newId()
    const now = clock.now()
    const to = reason === 'request' ? null : now
    const silence: Silence = { why: 'erased', from: sinceEver, to, asked: requestedAt }
    await marks.change(keys.map(takeFingerprint), (known, print) => {
      const wish = reason === 'request' && known ? ended(known, 'paused', now) : known
      // One identity that goes alone stays in the group with which it paused: they resume together.
      return silenced(wish, print, scope === 'person' || !known ? group : known.group, silence)
    })
  }

  /** Cards first, pages next: whoever looks at the customer now is told to look again. */
  async function retract({ subject, scope }: Begun): Promise<void> {
    if (scope !== 'person') return
    for (const id of subject.externalUserIds) {
      const open = await alerts.about(id, openStates, mostAlerts)
      await deps.retractAlerts(open, 'erased')
      const followers = (await contacts.get(id))?.follows.map(({ staffId }) => staffId) ?? []
      await tellPages(id, [...open.map(({ owner }) => owner), ...followers])
    }
  }

  async function tellPages(id: ExternalUserId, owners: Parameters<Live['publish']>[0][number]['staffId'][]): Promise<void> {
    await live.publish([...new Set(owners)].map((staffId) => ({ staffId, kind: 'customer' as const, subject: id })))
  }

  async function lock({ subject, scope }: Begun): Promise<void> {
    if (scope === 'events') return
    const { payments, events } = await eraser.kept(subject)
    const now = clock.now()
    const records = [
      ...payments.map((payment) => lockedPayment(payment, subject, takeFingerprint, now)),
      ...events.map((event) => lockedEvent(event, subject, takeFingerprint, now)),
    ]
    if (records.length > 0) await locked.put(records)
  }

  /** Who stays remembers without what went: nothing of that is news. */
  async function remake({ subject, scope }: Begun): Promise<void> {
    if (scope === 'person') return
    const found = await people.find([...subject.others, ...subject.keys])
    const persons = [...new Map([...found.values()].map((person) => [person.id, person])).values()]
    await deps.rememberEvents.remake(persons, clock.now(), async (turns) => {
      await signals.put(turns.flatMap(({ person, raised }) => raised.map((signal) => ({ ...signal, identity: firstOf(person), standing: true, because: 'after-an-erasure' }))))
      await deps.raiseAlerts(turns.map((turn) => ({ ...turn, raised: [] })))
    })
  }

  async function step(erasure: Begun, name: (typeof steps)[number]): Promise<Begun> {
    if (name === 'retract') await retract(erasure)
    else if (name === 'lock') await lock(erasure)
    else if (name === 'remake') await remake(erasure)
    const gone = name === 'own' ? await eraser.own(erasure.subject, erasure.scope, clock.now()) : {}
    const done = { ...erasure, steps: [...erasure.steps, name], erased: added(erasure.erased, gone) }
    await erasures.save(erasure.id, { steps: done.steps, erased: done.erased })
    return done
  }

  /** All steps but the sweep. */
  async function advance(erasure: Erasure): Promise<Begun | null> {
    if (erasure.key === null) return null
    const known = { ...erasure, key: erasure.key }
    let begun = erasure.subject ? { ...known, subject: erasure.subject } : await begin(known)
    if (!begun) return null
    for (const name of steps) if (!begun.steps.includes(name)) begun = await step(begun, name)
    return begun
  }

  /** One piece of the sweep for all that take part in it; who comes later waits for the next. */
  async function sweep(waiting: readonly Begun[]): Promise<void> {
    const ready = waiting.filter(({ scope }) => scope !== 'events')
    const under = ready.filter(({ place }) => place !== null)
    const taking = under.length > 0 ? under : ready
    const [first] = taking
    if (first) {
      const { next, erased, left } = await eraser.sweep(taking.map(({ subject }) => subject), first.place)
      for (const erasure of taking) await noteSweep(erasure, next, added(erased, {}), left)
    }
    for (const erasure of waiting.filter(({ scope }) => scope === 'events')) await finish(erasure, erasure.erased)
  }

  async function noteSweep(erasure: Begun, next: Erasure['place'], swept: Erasure['erased'], left: Erasure['erased']): Promise<void> {
    const erased = added(erasure.erased, swept)
    const remains = Object.keys(left).length > 0 || erasure.steps.includes('again')
    if (next) {
      const again = Object.keys(left).length > 0 ? { steps: [...new Set([...erasure.steps, 'again'])] } : {}
      await erasures.save(erasure.id, { place: next, erased, ...again })
      return
    }
    if (!remains) return finish(erasure, erased)
    // Something could not go yet, such as a delivery that waits for its reading: once more, a little later.
    if (Object.keys(left).length > 0) log.warn({ left }, 'an erasure is not done: something is left')
    const dueAt = new Date(clock.now().getTime() + againAfterMs)
    await erasures.save(erasure.id, { place: null, erased, dueAt, steps: erasure.steps.filter((name) => name !== 'again') })
  }

  async function finish({ id, reason, scope }: Begun, erased: Erasure['erased']): Promise<void> {
    await erasures.save(id, { state: 'done', endedAt: clock.now(), key: null, subject: null, place: null, erased })
    log.info({ reason, scope, erased }, 'erased')
  }

  /** Nobody is forgotten for leaving while it may be waiting in the inbox that they came back. */
  async function readyAmong(due: readonly Erasure[]): Promise<readonly Erasure[]> {
    if (!due.some(({ reason, state }) => reason === 'unfollow' && state === 'scheduled')) return due
    const oldest = await deps.inbox.oldest()
    return due.filter(({ reason, state, dueAt }) => reason !== 'unfollow' || state !== 'scheduled' || oldest === null || oldest > dueAt)
  }

  /** A bug of ours about one of them: it is tried again, and shows in the log, while everything else goes on. */
  async function orLater<Result>(list: readonly Erasure[], work: () => Promise<Result>): Promise<Result | null> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error
      log.error({ err: error, erasures: list.map(({ id }) => id) }, 'an erasure failed, to be tried again')
      const dueAt = new Date(clock.now().getTime() + brokenAgainMs)
      for (const { id } of list) await erasures.save(id, { dueAt })
      return null
    }
  }

  /** Returns how many erasures it worked on; 0: none is due. */
  return async function runErasures(): Promise<number> {
    const due = await readyAmong(await erasures.due(clock.now(), mostAtOnce))
    const begun: Begun[] = []
    for (const erasure of due) {
      const advanced = await orLater([erasure], () => advance(erasure))
      if (advanced) begun.push(advanced)
    }
    if (begun.length > 0) await orLater(begun, () => sweep(begun))
    return due.length
  }
}

function firstOf(person: Turn['person']): IdentityKey {
  return person.identities[0]?.key as IdentityKey
}

function added(one: Erasure['erased'], other: Erasure['erased']): Record<string, number> {
  const sum: Record<string, number> = { ...one }
  for (const [name, count] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + count
  return sum
}

/** What was paid for, when and how much; nothing that says by whom. */
function lockedPayment(payment: Payment, subject: ErasureSubject, takeFingerprint: RunErasuresDeps['takeFingerprint'], now: Date): LockedRecord {
  const { id, externalUserId, way: _way, prepayId: _prepayId, codeUrl: _codeUrl, description, ...rest } = payment
  const print = takeFingerprint(identityKey({ kind: 'external', externalUserId }))
  return { id, print, kind: 'payment', lockedAt: now, content: { ...rest, description: withoutNames(description, subject) } }
}

function lockedEvent(event: CustomerEvent, subject: ErasureSubject, takeFingerprint: RunErasuresDeps['takeFingerprint'], now: Date): LockedRecord {
  const { key, who, ...rest } = event
  return { id: key, print: takeFingerprint(identityKey(who)), kind: 'event', lockedAt: now, content: withoutNamesIn(rest, subject) }
}

function withoutNamesIn(content: object, subject: ErasureSubject): Record<string, unknown> {
  const entries = Object.entries(content).map(([name, value]) => [name, cleaned(value, subject)] as const)
  return Object.fromEntries(entries)
}

function cleaned(value: unknown, subject: ErasureSubject): unknown {
  if (typeof value === 'string') return withoutNames(value, subject)
  if (Array.isArray(value)) return value.map((each) => cleaned(each, subject))
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return withoutNamesIn(value, subject)
}

function withoutNames(text: string, { names }: ErasureSubject): string {
  return names.reduce((left, name) => left.replaceAll(name, '客人'), text)
}
