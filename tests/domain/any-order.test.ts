import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CustomerEvent } from '../../server/domain/event.ts'
import { compareMarks } from '../../server/domain/event-order.ts'
import type { Memory, Signal } from '../../server/domain/memory.ts'
import { emptyMemory } from '../../server/domain/memory-state.ts'
import { inOrder, isSettled, rebuild, withoutOwnShares } from '../../server/domain/rebuild.ts'
import { longestWindowMs, type Rule } from '../../server/domain/rule.ts'
import { fireTimers, weighAll } from '../../server/domain/weigh.ts'
import { mall, shared, start } from './events.ts'
import { naiveSignals } from './naive-rules.ts'

const head = { names: { zh: '', en: '' }, tag: '试', urgency: 'now', direct: false } as const
const counting = { ...head, shape: 'counting', on: ['view-item'], distinct: false, spacingMs: 0 } as const

/** Small numbers, so that a short history spans many windows, delays and cool-downs. */
const rules: readonly Rule[] = [
  { ...counting, id: 'repeat', per: 'object', count: 3, windowMs: 20, coolDownMs: 15 },
  { ...counting, id: 'spaced', per: 'object', count: 3, windowMs: 30, spacingMs: 4, coolDownMs: 25 },
  // These two look at the lists of the two before, each with numbers of its own.
  { ...counting, id: 'often', per: 'object', count: 5, windowMs: 40, coolDownMs: 10 },
  { ...counting, id: 'spaced-short', per: 'object', count: 2, windowMs: 6, spacingMs: 4, coolDownMs: 5 },
  { ...counting, id: 'many', per: 'any', count: 4, windowMs: 12, coolDownMs: 0 },
  { ...counting, id: 'distinct', per: 'category', distinct: true, count: 3, windowMs: 10, coolDownMs: 30 },
  { ...head, id: 'basket', shape: 'missing-step', start: ['add-to-cart'], cancel: ['order', 'remove-from-cart'], delayMs: 8, coolDownMs: 0 },
  { ...head, id: 'cooled', shape: 'missing-step', start: ['add-to-cart'], cancel: ['order'], delayMs: 8, coolDownMs: 20 },
  { ...head, id: 'single', shape: 'single', on: ['add-to-cart'], keywords: null, coolDownMs: 10 },
]

const kinds = ['view-item', 'view-item', 'view-item', 'add-to-cart', 'add-to-cart', 'order', 'remove-from-cart'] as const

const history = fc
  .array(fc.record({ gap: fc.integer({ min: 0, max: 6 }), kind: fc.constantFrom(...kinds), item: fc.constantFrom('a', 'b', 'c') }), { maxLength: 60, size: 'max' })
  .map((steps) => {
    let at = 0
    return steps.map(({ gap, kind, item }, index) => mall((at += gap), kind, { id: item, category: item === 'c' ? 'y' : 'x' }, `k${index}`))
  })

/** Batches as they arrive: each event once in any order, some of them twice, the clock striking in between. */
const arrivals = history.chain((events) =>
  fc.record({
    events: fc.constant(events),
    order: fc.shuffledSubarray(events, { minLength: events.length }),
    resent: fc.shuffledSubarray(events, { maxLength: Math.floor(events.length / 3) }),
    batch: fc.integer({ min: 1, max: 7 }),
    strikes: fc.boolean(),
  }),
)

/** What the use case keeps: every event, every signal that stands, one memory. */
function createKeeper() {
  const events: CustomerEvent[] = []
  const standing = new Map<string, Signal>()
  let memory: Memory = emptyMemory()
  const note = (signals: readonly Signal[]) => signals.forEach((signal) => standing.set(signal.key, signal))

  function recall(late: readonly CustomerEvent[]): void {
    const before = late.toSorted(compareMarks)[0] as CustomerEvent
    const since = before.at.getTime() - longestWindowMs(rules)
    const past = { before, signals: [...standing.values()].filter(({ at }) => at.getTime() >= since) }
    const stored = events.filter(({ at }) => at.getTime() >= since)
    const truth = rebuild(stored, rules, null, past)
    for (const [key, signal] of standing) if (!isSettled(signal, before, rules)) standing.delete(key)
    memory = truth.memory
    note(truth.signals)
  }

  return {
    standing,
    memory: () => memory,
    take(batch: readonly CustomerEvent[]): void {
      const keys = new Set(events.map(({ key }) => key))
      events.push(...batch.filter(({ key }) => !keys.has(key)))
      const weighed = weighAll(memory, batch.toSorted(compareMarks), rules)
      memory = weighed.memory
      note(weighed.signals)
      if (weighed.late.length > 0) recall(weighed.late)
    },
    strike(now: Date): void {
      const fired = fireTimers(memory, now, rules)
      memory = fired.memory
      note(fired.signals)
    },
  }
}

const told = (signals: Iterable<Signal>) => [...signals].map(({ rule, subject, at }) => `${rule} ${subject} ${at.getTime()}`).toSorted()

test('E1 in order, the rules raise what a plain recount of the whole history raises', () => {
  fc.assert(
    fc.property(history, (events) => {
      const end = new Date(start + 1000)
      const { signals } = rebuild(events, rules, end)
      expect(told(signals)).toEqual(naiveSignals(inOrder(events), rules, end.getTime()).toSorted())
    }),
    { numRuns: 300 },
  )
})

test('B3 any order of arrival, resends and early strikes of the clock end in the same standing signals', () => {
  fc.assert(
    fc.property(arrivals, ({ events, order, resent, batch, strikes }) => {
      const keeper = createKeeper()
      const arriving = [...order, ...resent]
      for (let index = 0; index < arriving.length; index += batch) {
        const part = arriving.slice(index, index + batch)
        keeper.take(part)
        if (strikes) keeper.strike(part.toSorted(compareMarks).at(-1)?.at as Date)
      }
      keeper.strike(new Date(start + 1000))
      expect(told(keeper.standing.values())).toEqual(naiveSignals(inOrder(events), rules, start + 1000).toSorted())
    }),
    { numRuns: 400 },
  )
})

test('B3 a rebuild around a late event from one longest window is the rebuild from the whole history', () => {
  fc.assert(
    fc.property(history, fc.nat(), (events, pick) => {
      fc.pre(events.length > 0)
      const before = inOrder(events)[pick % events.length] as CustomerEvent
      const whole = rebuild(events, rules, null)
      const since = before.at.getTime() - longestWindowMs(rules)
      const near = events.filter(({ at }) => at.getTime() >= since)
      const past = { before, signals: whole.signals.filter(({ at }) => at.getTime() >= since) }
      const rebuilt = rebuild(near, rules, null, past)
      expect(told(rebuilt.signals)).toEqual(told(whole.signals.filter((signal) => !isSettled(signal, before, rules))))
      expect(rebuilt.memory.nextTimerAt).toEqual(whole.memory.nextTimerAt)
    }),
    { numRuns: 300 },
  )
})

test('E1 the memory is bounded by the rules: a year of the same behaviour takes no more room than a week', () => {
  const sizeAfter = (count: number) => {
    const events = Array.from({ length: count }, (_, index) => mall(index * 2, index % 5 === 0 ? 'add-to-cart' : 'view-item', { id: `item${index % 40}`, category: `c${index % 8}` }, `k${String(index).padStart(6, '0')}`))
    return JSON.stringify(weighAll(emptyMemory(), events, rules).memory).length
  }
  expect(sizeAfter(20_000)).toBeLessThan(sizeAfter(400) * 1.1)
})

test('E1 the memory stays bounded when a robot invents items and reloads', () => {
  const events = Array.from({ length: 6000 }, (_, index) => mall(0, 'add-to-cart', { id: `item${index}` }, `a${String(index).padStart(6, '0')}`))
  const reloads = Array.from({ length: 3000 }, (_, index) => mall(1 + index / 1000, 'view-item', {}, `b${String(index).padStart(6, '0')}`))
  const { memory } = weighAll(emptyMemory(), [...events, ...reloads], rules)
  expect(JSON.stringify(memory).length).toBeLessThan(600_000)
})

test('A6 a share between two ids of one person is withdrawn', () => {
  const events = [shared(0, 'openid:wx1:o-lin2'), shared(1, 'openid:wx1:o-friend'), mall(2, 'view-item')]
  expect(withoutOwnShares(events, ['openid:wx1:o-lin', 'openid:wx1:o-lin2'])).toEqual(events.slice(1))
})
