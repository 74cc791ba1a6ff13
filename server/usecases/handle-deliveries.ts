import { MalformedCallback, StoreUnavailable } from '../domain/errors.ts'
import type { CustomerEvent, Fact, LinkFact } from '../domain/event.ts'
import { erasureUnderWay } from '../domain/recording.ts'
import type { Clock } from '../ports/clock.ts'
import type { Delivery, Inbox, Outcome, TakenDelivery } from '../ports/inbox.ts'
import type { Log } from '../ports/log.ts'
import type { CompleteOrders } from './complete-orders.ts'
import type { CompleteShop } from './complete-shop.ts'
import type { Deferred, Reading } from './deferral.ts'
import type { FindSilent } from './find-silent.ts'
import type { FollowContacts } from './follow-contacts.ts'
import type { KeepOut } from './keep-out.ts'
import type { NoteFollowers } from './note-followers.ts'
import type { NoteUnfollows } from './note-unfollows.ts'
import type { TakePayments } from './take-payments.ts'
import type { TakeStaffFacts } from './take-staff-facts.ts'
import type { TellEvents } from './tell-events.ts'

export interface HandleDeliveriesDeps {
  inbox: Inbox
  /** Our reading of trusted bytes. @throws MalformedCallback */
  read: (delivery: Delivery) => readonly Fact[]
  /** Takes out what is about somebody of whom nothing may be kept. */
  keepOut: KeepOut
  findSilent: FindSilent
  completeOrders: CompleteOrders
  completeShop: CompleteShop
  takePayments: TakePayments
  followContacts: FollowContacts
  noteFollowers: NoteFollowers
  noteUnfollows: NoteUnfollows
  tellEvents: TellEvents
  takeStaffFacts: TakeStaffFacts
  clock: Clock
  log: Log
}

const noneOfThem: ReadonlySet<string> = new Set()
/** What two parts of tell-events.ts hold. */
const largestBatch = 400
const smallestBatch = 10
const firstWaitMs = 2_000
const longestWaitMs = 10 * 60_000
const longestErasureWaitMs = 60_000

/**
 * Takes what waits in the inbox, in order, and lets it have its consequences. Safe to run again after a crash at any
 * line: "handled" is noted last, and everything caused is keyed (B1). Returns how many deliveries were taken.
 */
export function createHandleDeliveries(deps: HandleDeliveriesDeps) {
  const { inbox, keepOut, completeOrders, completeShop, takePayments, followContacts, noteFollowers, noteUnfollows, tellEvents, takeStaffFacts, clock, log } = deps

  function readOne(delivery: TakenDelivery): Reading | Outcome {
    try {
      return { delivery, facts: deps.read(delivery) }
    } catch (error) {
      if (!(error instanceof MalformedCallback)) return broken(delivery, error)
      log.warn({ channel: delivery.channel, reason: error.reason }, 'delivery set aside')
      return { id: delivery.id, outcome: 'set-aside', reason: error.reason }
    }
  }

  /** One batch whose deliveries succeed or are deferred one by one; any other failure is the whole batch's. */
  async function handle(readings: readonly Reading[]): Promise<Outcome[]> {
    const deferred: Deferred = new Map()
    const first = await keepOut(readings, deferred)
    const shopped = await completeShop(await completeOrders(first.readings, deferred), deferred)
    // What a platform has added may say whose it is.
    const added = await takePayments(shopped, deferred)
    const { readings: completed, notKept } = isSame(added, first.readings) ? { readings: added, notKept: noneOfThem } : await keepOut(added, deferred)
    const contacts = await followContacts(withRelations(completed, first.relations), deferred)
    const told = await noteFollowers(completed, deferred)
    const ready = told.filter(({ delivery }) => !deferred.has(delivery.id))
    const events = eventsOf(ready)
    await tellEvents.tell({ events, arrivals: arrivalsOf(ready), links: linksOf(ready), contacts })
    await noteUnfollows(events)
    await takeStaffFacts(ready.flatMap(({ facts }) => facts))
    return completed.map(({ delivery, facts }) => {
      const isGone = first.notKept.has(delivery.id) || notKept.has(delivery.id)
      if (isGone && !deferred.has(delivery.id)) return { id: delivery.id, outcome: 'not-kept' }
      return outcomeOf(delivery, facts, deferred.get(delivery.id))
    })
  }

  /** A delivery that breaks its batch is found by handling each alone. */
  async function handleEach(readings: readonly Reading[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    for (const reading of readings) {
      try {
        outcomes.push(...(await handle([reading])))
      } catch (error) {
        if (error instanceof StoreUnavailable) throw error
        outcomes.push(broken(reading.delivery, error))
      }
    }
    return outcomes
  }

  /** A bug of ours: the delivery stays, is tried again, and shows as stuck in the end. The others go on. */
  function broken(delivery: TakenDelivery, error: unknown): Outcome {
    log.error({ err: error, channel: delivery.channel, attempts: delivery.attempts }, 'delivery failed')
    return defer(delivery, error instanceof Error ? error.name : 'unknown')
  }

  function defer(delivery: TakenDelivery, reason: string): Outcome {
    const waitMs = Math.min(firstWaitMs * 4 ** delivery.attempts, longestWaitMs)
    return { id: delivery.id, outcome: 'deferred', until: new Date(clock.now().getTime() + waitMs), reason }
  }

  /** It ends some day, whatever fails it now: no try is used up, and the longer it takes the rarer it is looked for. */
  function waitForErasure({ id, receivedAt }: TakenDelivery): Outcome {
    const now = clock.now().getTime()
    const waitMs = Math.min(Math.max(now - receivedAt.getTime(), firstWaitMs), longestErasureWaitMs)
    return { id, outcome: 'waits', until: new Date(now + waitMs), reason: erasureUnderWay }
  }

  function outcomeOf(delivery: TakenDelivery, facts: readonly Fact[], owed: string | undefined): Outcome {
    if (owed === erasureUnderWay) return waitForErasure(delivery)
    if (owed !== undefined) return defer(delivery, owed)
    const doubt = facts.find((fact) => fact.about === 'doubt')
    if (doubt) return { id: delivery.id, outcome: 'set-aside', reason: doubt.reason }
    const nothing = facts.flatMap((fact) => (fact.about === 'nothing' ? [fact.reason] : []))
    if (nothing.length < facts.length) return { id: delivery.id, outcome: 'handled' }
    return { id: delivery.id, outcome: 'unrecognised', reason: nothing.join(', ') || 'nothing in it' }
  }

  async function handleNext(limit: number): Promise<number> {
    const taken = await inbox.take(limit, clock.now())
    if (taken.length === 0) return 0
    const results = taken.map(readOne)
    const readings = results.filter((result) => 'facts' in result)
    const outcomes = results.filter((result) => 'outcome' in result)
    try {
      outcomes.push(...(await handle(readings)))
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error
      log.warn({ err: error, deliveries: readings.length }, 'batch failed, handling one by one')
      outcomes.push(...(await handleEach(readings)))
    }
    await inbox.settle(await deps.findSilent(outcomes, taken), clock.now())
    return taken.length
  }

  let batchSize = largestBatch

  /** A store that is lost again and again leaves no time for many at once: of few some are done each time. */
  return async function handleDeliveries(): Promise<number> {
    try {
      const count = await handleNext(batchSize)
      if (count > 0) batchSize = Math.min(batchSize * 2, largestBatch)
      return count
    } catch (error) {
      batchSize = Math.max(Math.floor(batchSize / 4), smallestBatch)
      throw error
    }
  }
}

/** What changes our index of contacts: what was admitted, and the relations of those who only paused. */
function withRelations(readings: readonly Reading[], relations: ReadonlyMap<string, readonly Fact[]>): readonly Reading[] {
  return readings.map((reading) => {
    const more = relations.get(reading.delivery.id)
    return more ? { ...reading, facts: [...reading.facts, ...more] } : reading
  })
}

/** Whether nothing was added to what was read or taken from it. */
function isSame(readings: readonly Reading[], before: readonly Reading[]): boolean {
  return readings.every(({ facts }, index) => {
    const known = before[index]?.facts ?? []
    return facts.length === known.length && facts.every((fact, place) => fact === known[place])
  })
}

function eventsOf(readings: readonly Reading[]): CustomerEvent[] {
  return readings.flatMap(({ facts }) => facts.flatMap((fact) => (fact.about === 'customer' ? [fact.event] : [])))
}

function arrivalsOf(readings: readonly Reading[]): Map<string, Date> {
  return new Map(readings.flatMap((reading) => eventsOf([reading]).map(({ key }) => [key, reading.delivery.receivedAt] as const)))
}

function linksOf(readings: readonly Reading[]): LinkFact[] {
  return readings.flatMap(({ facts }) => facts.flatMap((fact) => (fact.about === 'link' ? [fact.link] : [])))
}
