import type { IdentityKey } from '../../domain/ids.ts'
import type { Rule } from '../../domain/rule.ts'
import type { Observations } from '../../ports/contacts.ts'
import type { History } from '../../ports/history.ts'
import type { Inbox } from '../../ports/inbox.ts'
import type { Memories } from '../../ports/memory.ts'
import type { Payments } from '../../ports/payments.ts'
import type { People } from '../../ports/people.ts'
import type { Signals } from '../../ports/signals.ts'
import type { Timeline } from '../../ports/timeline.ts'
import { batches } from './batches.ts'
import { compareLines, digestOf, type Difference } from './compare-lines.ts'
import { seedsOf, whatIsGiven } from './given.ts'
import { readHumans, type Humans } from './humans.ts'
import { kinds, linkLines, memoryLine, signalLine, timelineLines, type Kind, type Line } from './lines.ts'
import { relink, type Changes } from './relink.ts'
import { retell, type Order, type RetellDeps } from './retell.ts'
import { reweigh, type ReweighDeps } from './reweigh.ts'

/** The live stores that are looked at; nothing is written to them. */
export interface LiveStores {
  history: History
  inbox: Inbox
  observations: Observations
  payments: Payments
  people: People
  timeline: Timeline
  memories: Memories
  signals: Signals
}

export interface ScratchStores {
  history: History
  people: People
  timeline: Timeline
}

export interface VerifyRebuildDeps extends Pick<RetellDeps, 'read' | 'marksOf' | 'clock' | 'log'> {
  live: LiveStores
  /** Empty stores for one retelling, thrown away by `close`. */
  openScratch: (name: Order) => Promise<ScratchStores & { close(): Promise<void> }>
  rules: readonly Rule[]
  fingerprint: (text: string) => string
  /** Fingerprint of the rules; those that have been in force since another date say nothing of before. */
  rulesPrint: string
}

/** One kind: how the live state and two retellings compare. */
export interface KindReport {
  kind: Kind
  /** Lines of the live state. */
  count: number
  /** Hashes of the live state, and of the retelling in order and against it. */
  hashes: { live: string; forward: string; backward: string }
  equal: boolean
  /** The first few, for an operator; without anybody's data. */
  differences: readonly Difference[]
}

export interface RebuildReport {
  kinds: readonly KindReport[]
  /** Everything is as bytes and observations say, twice. */
  equal: boolean
  deliveries: number
  unreadable: number
  /** Not handled yet, and so no part of it. */
  waiting: number
  /** Bytes of before are gone, or answers were not kept then: what was stored before is taken as it is. null: all is there. */
  verifiableFrom: Date | null
  /** Events, joins and signals that were taken as they are. */
  given: { events: number; joins: number; signals: number }
  /** Events were handled meanwhile: differences may be theirs. */
  moving: boolean
}

/** Everything that one retelling made. */
interface Made {
  order: Order
  humans: Humans
  changes: Changes
  scratch: ScratchStores
}

const humansAtOnce = 200
const mostDifferences = 5

/**
 * Makes links, timelines, memory and signals anew from stored bytes and observations, twice, in two empty stores and in
 * two orders, and compares them with what is live (B5). Reads the live stores only.
 */
export async function verifyRebuild(deps: VerifyRebuildDeps): Promise<RebuildReport> {
  const { live, clock, rules } = deps
  const before = await live.history.countHandled()
  const given = await whatIsGiven(deps)
  const now = clock.now()
  const liveHumans = await readHumans(live.history)
  const counts = { events: 0, joins: 0, signals: 0, deliveries: 0, unreadable: 0 }
  const reports = new Map<Kind, KindReport>()
  for (const order of ['forward', 'backward'] as const) {
    const scratch = await deps.openScratch(order)
    try {
      const made = await make(order, scratch)
      for (const kind of kinds) reports.set(kind, await compared(kind, made, reports.get(kind)))
    } finally {
      await scratch.close()
    }
  }
  const { deliveries, unreadable, ...givenCounts } = counts
  const told = kinds.map((kind) => reports.get(kind) as KindReport)
  return {
    kinds: told,
    equal: told.every(({ equal }) => equal),
    deliveries,
    unreadable,
    waiting: (await live.inbox.depth()).waiting,
    verifiableFrom: given.from,
    given: givenCounts,
    moving: (await live.history.countHandled()) !== before,
  }

  async function make(order: Order, scratch: ScratchStores): Promise<Made> {
    const retold = await retell({ ...deps, scratch, answersSince: given.from }, order)
    counts.events = await given.fill(scratch)
    const seeds = await seedsOf(live.history, given)
    counts.joins = seeds.length
    const changes = await relink(
      { ...deps, ...live, people: scratch.people, timeline: scratch.timeline },
      retold.links,
      seeds,
    )
    counts.deliveries = retold.deliveries
    counts.unreadable = retold.unreadable
    return { order, humans: await readHumans(scratch.history), changes, scratch }
  }

  async function compared(kind: Kind, made: Made, first: KindReport | undefined): Promise<KindReport> {
    const [own, anew] = [() => liveLines(kind, liveHumans), () => madeLines(kind, made)]
    const liveDigest = await digestOf(own(), deps.fingerprint)
    const digest = await digestOf(anew(), deps.fingerprint)
    const same = digest.hash === liveDigest.hash
    const differences = same ? [] : await compareLines(own(), anew(), mostDifferences, deps.fingerprint)
    const hashes = { live: liveDigest.hash, forward: first?.hashes.forward ?? digest.hash, backward: digest.hash }
    return {
      kind,
      count: liveDigest.count,
      hashes,
      equal: same && (first?.equal ?? true),
      differences: first && first.differences.length > 0 ? first.differences : differences,
    }
  }

  function liveLines(kind: Kind, humans: Humans): AsyncIterable<Line> {
    if (kind === 'links') return linkLines(humans)
    if (kind === 'timeline') return timelineLines(live.history)
    return kind === 'memory' ? liveMemoryLines(humans) : liveSignalLines()
  }

  async function* liveMemoryLines(humans: Humans): AsyncGenerator<Line> {
    const { labelOf } = humans
    const silent = await silentAmong(humans)
    for await (const { id, memory } of live.history.memories()) {
      const label = labelOf.get(id)
      const line =
        label && silent.has(label) ? null : memoryLine(label ?? (`person:${id}` as IdentityKey), memory, rules, now)
      if (line) yield line
    }
  }

  /** Of whoever paused nothing is remembered, and after the pause only what happens from then on. */
  async function silentAmong(among: Humans): Promise<ReadonlySet<IdentityKey>> {
    const silent = new Set<IdentityKey>()
    for await (const humans of batches(streamOf(among.list), humansAtOnce)) {
      const marks = await deps.marksOf(humans.flatMap(({ keys }) => keys))
      for (const { label, keys } of humans) if (keys.some((key) => marks.has(key))) silent.add(label)
    }
    return silent
  }

  async function* liveSignalLines(): AsyncGenerator<Line> {
    for await (const signal of live.signals.standing()) yield signalLine(signal)
  }

  function madeLines(kind: Kind, { humans, changes, scratch }: Made): AsyncIterable<Line> {
    if (kind === 'links') return linkLines(humans)
    if (kind === 'timeline') return timelineLines(scratch.history)
    return weighedLines(kind, humans, {
      timeline: scratch.timeline,
      live,
      changes,
      rulesSince: given.rulesSince,
      rules,
    })
  }

  async function* weighedLines(kind: Kind, made: Humans, how: ReweighDeps): AsyncGenerator<Line> {
    let signals = 0
    const silent = kind === 'memory' ? await silentAmong(made) : new Set()
    for await (const humans of batches(streamOf(made.list), humansAtOnce)) {
      for (const one of await reweigh(how, humans, now)) {
        signals += one.given
        const line =
          kind === 'memory' && !silent.has(one.human.label) ? memoryLine(one.human.label, one.memory, rules, now) : null
        if (line) yield line
        if (kind === 'signals') yield* one.signals.map(signalLine)
      }
    }
    counts.signals = signals
  }
}

async function* streamOf<One>(list: readonly One[]): AsyncGenerator<One> {
  yield* list
}
