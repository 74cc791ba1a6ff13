import { canonicalText } from '../../domain/canonical.ts'
import { MalformedCallback } from '../../domain/errors.ts'
import type { CustomerEvent, Fact, LinkFact } from '../../domain/event.ts'
import { identityKey, type IdentityKey } from '../../domain/ids.ts'
import type { Mark } from '../../domain/recording.ts'
import { wasKept } from '../../domain/was-kept.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Observations } from '../../ports/contacts.ts'
import type { HandledDelivery, History } from '../../ports/history.ts'
import type { Delivery } from '../../ports/inbox.ts'
import type { Log } from '../../ports/log.ts'
import type { Payments } from '../../ports/payments.ts'
import type { People } from '../../ports/people.ts'
import type { Timeline } from '../../ports/timeline.ts'
import { createCompleteOrders } from '../complete-orders.ts'
import { createCompleteShop } from '../complete-shop.ts'
import type { Reading } from '../deferral.ts'
import { createKnownAnswers } from '../recorded-answers.ts'
import { createTakePayments } from '../take-payments.ts'
import { batches } from './batches.ts'
import { offlineShop } from './offline-shop.ts'

/** What is live, read only. */
export interface Live {
  history: History
  observations: Observations
  payments: Payments
  timeline: Timeline
}

/** Where the retelling is written: empty stores. */
export interface Scratch {
  people: People
  timeline: Timeline
}

export interface RetellDeps {
  live: Live
  scratch: Scratch
  /** Our reading of trusted bytes. @throws MalformedCallback */
  read: (delivery: Delivery) => readonly Fact[]
  /** Before it answers were not kept: what is live counts. null: they always were. */
  answersSince: Date | null
  /** Marks of those of these who paused or were erased (C4). */
  marksOf: (keys: readonly IdentityKey[]) => Promise<ReadonlyMap<IdentityKey, Mark>>
  clock: Clock
  log: Log
}

/** A link that a delivery told, and when it was heard of. */
export interface HeardLink {
  link: LinkFact
  heardAt: Date
  /** Machine time of arrival: orders what was heard of in one moment of the Clock. */
  storedAt: Date
  place: string
}

/** What came out of reading all bytes. */
export interface Retold {
  deliveries: number
  /** Deliveries that our reading no longer understands. */
  unreadable: number
  /** In no order. */
  links: readonly HeardLink[]
}

export type Order = 'forward' | 'backward'

/** One event as one delivery tells it. */
interface Retelling {
  event: CustomerEvent
  place: string
  heardAt: Date
  /** From a time of which answers were not kept. */
  isGiven: boolean
}

const batchSize = 200

/**
 * Reads every stored delivery again, completes it from the answers of back then, and writes its events to an empty
 * timeline (B5). Nobody is asked and nothing live is changed. In which order is of no consequence: of two readings of one
 * event the one that is live counts, else that of the earlier delivery.
 */
export async function retell(deps: RetellDeps, order: Order): Promise<Retold> {
  const { live, scratch, log } = deps
  const complete = createCompletion(deps)
  const links: HeardLink[] = []
  const unlike = new Map<string, Retelling>()
  const later: Reading[] = []
  let deliveries = 0
  let unreadable = 0

  function readOne(delivery: HandledDelivery): Reading[] {
    deliveries += 1
    try {
      return [{ delivery, facts: deps.read(delivery) }]
    } catch (error) {
      if (!(error instanceof MalformedCallback)) throw error
      unreadable += 1
      return []
    }
  }

  async function take(readings: readonly Reading[]): Promise<void> {
    const told = await complete(readings)
    links.push(...(await keptOf(told.flatMap(linksOf))))
    const events = await keptEvents(told)
    const known = new Map(
      (await live.timeline.byKeys(events.map(({ event }) => event.key))).map((event) => [event.key, event]),
    )
    const alike: CustomerEvent[] = []
    for (const one of events) {
      const found = known.get(one.event.key)
      if (found && (one.isGiven || canonicalText(found) === canonicalText(one.event))) alike.push(found)
      else keepEarlier(one)
    }
    await add(alike)
  }

  /** One that differs from what is live waits until all bytes are read: another delivery may tell it as it is live. */
  function keepEarlier(one: Retelling): void {
    const known = unlike.get(one.event.key)
    if (!known || one.place < known.place) unlike.set(one.event.key, one)
  }

  async function keptEvents(readings: readonly Reading[]): Promise<Retelling[]> {
    const all = readings.flatMap(({ delivery, facts }) => {
      const isGiven = deps.answersSince !== null && delivery.receivedAt < deps.answersSince
      const place = placeOf(delivery)
      const heardAt = heardAtOf(delivery)
      return facts.flatMap((fact) =>
        fact.about === 'customer' ? [{ event: fact.event, place, heardAt, isGiven }] : [],
      )
    })
    const marks = await deps.marksOf(all.flatMap(({ event }) => keysIn(event)))
    return all.filter(({ event, heardAt }) => keysIn(event).every((key) => wasKept(marks.get(key), event.at, heardAt)))
  }

  async function keptOf(list: readonly HeardLink[]): Promise<HeardLink[]> {
    const sides = ({ link }: HeardLink) => [identityKey(link.a), identityKey(link.b)]
    const marks = await deps.marksOf(list.flatMap(sides))
    return list.filter((one) => sides(one).every((key) => wasKept(marks.get(key), one.link.at, one.heardAt)))
  }

  async function add(events: readonly CustomerEvent[]): Promise<void> {
    if (events.length === 0) return
    await scratch.timeline.add(events)
    await scratch.people.resolve([...new Set(events.map(({ who }) => identityKey(who)))], deps.clock.now())
  }

  for await (const batch of batches(live.history.handled(order), batchSize)) {
    const readings = batch.flatMap(readOne)
    later.push(...readings.filter(needsOthers))
    await take(readings.filter((reading) => !needsOthers(reading)))
  }
  const owners = later.toSorted((a, b) => (placeOf(a.delivery) < placeOf(b.delivery) ? -1 : 1))
  // What these need is live or among the others; those that differ from live come first, so that they are found too.
  await add([...unlike.values()].map(({ event }) => event))
  unlike.clear()
  for (const reading of owners) await take([reading])
  await add([...unlike.values()].map(({ event }) => event))
  log.info({ deliveries, unreadable, order }, 'stored bytes read again')
  return { deliveries, unreadable, links }
}

/** The steps that handling takes between reading and telling, with the answers of back then. */
function createCompletion({ live, scratch, clock, log }: RetellDeps) {
  const answerTo = createKnownAnswers(live.observations)
  const quiet: Log = { ...log, warn: () => undefined, error: () => undefined }
  const base = { shop: offlineShop, answerTo, clock, log: quiet, timeline: scratch.timeline }
  const completeOrders = createCompleteOrders({ ...base, creditMembers: async () => [] })
  const completeShop = createCompleteShop(base)
  const takePayments = createTakePayments({
    ...base,
    payments: { ...live.payments, change: async () => null as never },
    inbox: { accept: async (list) => list.map(() => 'seen' as const) },
    paymentGateway: null,
    queriedDelivery: () => {
      throw new Error('nothing is queried in a rebuild')
    },
  })
  return async (readings: readonly Reading[]): Promise<readonly Reading[]> => {
    const deferred = new Map<string, string>()
    return takePayments(await completeShop(await completeOrders(readings, deferred), deferred), deferred)
  }
}

/** Whose an after-sale or a refund is may be told by another delivery. */
function needsOthers({ facts }: Reading): boolean {
  return facts.some(({ about }) => about === 'shop-order' || about === 'refund')
}

function linksOf({ delivery, facts }: Reading): HeardLink[] {
  const heardAt = heardAtOf(delivery)
  const { storedAt } = delivery as HandledDelivery
  return facts.flatMap((fact) =>
    fact.about === 'link' ? [{ link: fact.link, heardAt, storedAt, place: placeOf(delivery) }] : [],
  )
}

function heardAtOf(delivery: Reading['delivery']): Date {
  return (delivery as HandledDelivery).handledAt
}

/** Somebody else's share may not say who opened it. */
function keysIn(event: CustomerEvent): IdentityKey[] {
  return event.kind === 'shared-content'
    ? [identityKey(event.who), event.friend as IdentityKey]
    : [identityKey(event.who)]
}

/** Deliveries sort by it as they arrived. */
function placeOf({ receivedAt, id }: Reading['delivery']): string {
  return `${String(receivedAt.getTime()).padStart(16, '0')} ${id}`
}
