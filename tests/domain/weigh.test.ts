import { describe, expect, test } from 'vitest'
import { shippedRules } from '../../config/rules.ts'
import type { CustomerEvent } from '../../server/domain/event.ts'
import { emptyMemory } from '../../server/domain/memory-state.ts'
import type { Rule } from '../../server/domain/rule.ts'
import { rebuild } from '../../server/domain/rebuild.ts'
import { fireTimers, weigh } from '../../server/domain/weigh.ts'
import { day, eventAt, hour, mall, minute, opened, second, shared, shopOrder, start, wrote } from './events.ts'

/** Weighs in order and lets the clock run to `until` (default: ten days later); `rule subject offset` of each signal. */
function fired(events: readonly CustomerEvent[], rules: readonly Rule[] = shippedRules, until = 10 * day): string[] {
  let memory = emptyMemory()
  const signals = []
  for (const event of events) {
    const weighed = weigh(memory, event, rules)
    expect(weighed.late).toBe(false)
    memory = weighed.memory
    signals.push(...weighed.signals)
  }
  signals.push(...fireTimers(memory, new Date(start + until), rules).signals)
  return signals.map(({ rule, subject, at }) => `${rule} ${subject} ${at.getTime() - start}`)
}

const only = (id: string) => shippedRules.filter((rule) => rule.id === id)

describe('E1 the same article opened three times in 24 hours', () => {
  test.each([
    ['third open inside the window', [0, hour, day - 1], [day - 1]],
    ['third open exactly 24 h after the first', [0, hour, day], []],
    ['opens 59.999 s apart count once', [0, 59_999, 119_998], []],
    ['opens exactly 60 s apart count', [0, 60_000, 120_000], [120_000]],
    ['a reload between does not push the count back', [0, 30 * second, minute, 90 * second, 2 * minute], [2 * minute]],
    ['within the cool-down it stays silent', [0, hour, 2 * hour, 3 * hour, 10 * hour], [2 * hour]],
    ['exactly 24 h after it fired it fires again', [0, hour, 2 * hour, 10 * hour, 20 * hour, day + 2 * hour], [2 * hour, day + 2 * hour]],
    ['one ms before the cool-down ends it does not', [0, hour, 2 * hour, 10 * hour, day + 2 * hour - 1], [2 * hour]],
  ])('%s', (_, times, expected) => {
    const events = times.map((at) => opened(at))
    expect(fired(events, only('article-read-again'))).toEqual(expected.map((at) => `article-read-again coat ${at}`))
  })

  test('different articles are counted apart, and one is named by its own events', () => {
    const events = [opened(0, 'a'), opened(minute, 'b'), opened(2 * minute, 'a'), opened(3 * minute, 'b'), opened(4 * minute, 'a')]
    const { signals } = rebuild(events, shippedRules, null)
    expect(signals.map(({ subject }) => subject)).toEqual(['a'])
    expect(signals[0]?.eventKeys).toEqual([events[0]?.key, events[2]?.key, events[4]?.key])
    expect(signals[0]?.key).toBe(`article-read-again|a|${events[4]?.key}`)
  })
})

describe('E1 the same article shared twice in 7 days', () => {
  test.each([
    ['second friend on day seven', 7 * day - 1, [7 * day - 1]],
    ['second friend exactly 7 days later', 7 * day, []],
  ])('%s', (_, at, expected) => {
    const events = [shared(0, 'openid:wx1:f1'), shared(at, 'openid:wx1:f2')]
    expect(fired(events)).toEqual(expected.map((when) => `article-shared-again coat ${when}`))
  })
})

describe('E1 basket without order', () => {
  const two = 2 * hour
  const rules = only('basket-not-ordered')
  const coat = { id: 'i1', aliases: ['sku-9'] }
  test.each<[string, CustomerEvent[], string[]]>([
    ['fires at exactly start + 2 h', [mall(0, 'add-to-cart')], [`i1 ${two}`]],
    ['ordered at exactly the end', [mall(0, 'add-to-cart'), mall(two, 'order')], []],
    ['ordered one ms after the end', [mall(0, 'add-to-cart'), mall(two + 1, 'order')], [`i1 ${two}`]],
    ['removed', [mall(0, 'add-to-cart'), mall(hour, 'remove-from-cart')], []],
    ['another item ordered in the mall', [mall(0, 'add-to-cart'), mall(hour, 'order', { id: 'i2' })], [`i1 ${two}`]],
    ['a further add meanwhile changes nothing', [mall(0, 'add-to-cart'), mall(hour, 'add-to-cart')], [`i1 ${two}`]],
    ['removed and added again starts anew', [mall(0, 'add-to-cart'), mall(hour, 'remove-from-cart'), mall(hour + 1, 'add-to-cart')], [`i1 ${3 * hour + 1}`]],
    ['order under an alias of the basket item', [mall(0, 'add-to-cart', coat), mall(hour, 'order', { id: 'sku-9' })], []],
    ['shop order that matches on an alias of its own', [mall(0, 'add-to-cart'), shopOrder(hour, 'order-created', [{ id: 'p', aliases: ['i1'] }])], []],
    ['shop payment of one of two items leaves the other', [mall(0, 'add-to-cart'), mall(1, 'add-to-cart', { id: 'i2' }), shopOrder(hour, 'order-paid', [{ id: 'i1' }])], [`i2 ${two + 1}`]],
    ['shop order without a match ends all', [mall(0, 'add-to-cart'), mall(1, 'add-to-cart', { id: 'i2' }), shopOrder(hour, 'order-created', [{ id: 'x' }])], []],
    ['shop order whose items are unknown ends all', [mall(0, 'add-to-cart'), shopOrder(hour, 'order-created', [])], []],
    ['what is added after that order counts', [shopOrder(0, 'order-created', []), mall(1, 'add-to-cart')], [`i1 ${two + 1}`]],
    ['an order cancelled in the shop is no step', [mall(0, 'add-to-cart'), shopOrder(hour, 'order-cancelled', [])], [`i1 ${two}`]],
  ])('%s', (_, events, expected) => {
    expect(fired(events, rules)).toEqual(expected.map((text) => `basket-not-ordered ${text}`))
  })

  test('an add at exactly the end starts a new timer, and a purchase of the same moment ends both', () => {
    const rule = { ...(rules[0] as Rule), coolDownMs: 0 }
    const adds = [mall(0, 'add-to-cart', {}, 'k1'), mall(two, 'add-to-cart', {}, 'k2')]
    expect(fired(adds, [rule])).toEqual([`basket-not-ordered i1 ${two}`, `basket-not-ordered i1 ${2 * two}`])
    expect(fired([...adds, mall(two, 'order', {}, 'k3')], [rule])).toEqual([])
  })

  test('timers end only up to the moment asked for, and nextTimerAt names the next one', () => {
    const { memory } = rebuild([mall(0, 'add-to-cart'), mall(minute, 'add-to-cart', { id: 'i2' })], rules, null)
    expect(memory.nextTimerAt).toEqual(new Date(start + two))
    expect(fireTimers(memory, new Date(start + two - 1), rules)).toEqual({ memory, signals: [] })
    const first = fireTimers(memory, new Date(start + two), rules)
    expect(first.signals.map(({ subject }) => subject)).toEqual(['i1'])
    expect(first.memory.nextTimerAt).toEqual(new Date(start + two + minute))
  })

  test.each<[string, (rule: Rule) => Rule[], number, number | null]>([
    ['was taken out', () => [], two, null],
    ['was taken out, and another timer still runs', () => [], two - 1, two],
    ['has another shape now', (rule) => [{ ...(shippedRules.find(({ shape }) => shape === 'counting') as Rule), id: rule.id }], two, null],
  ])('a timer of a rule that %s ends without a signal, and nothing is due for ever', (_, changed, at, next) => {
    const adds = [mall(0, 'add-to-cart')]
    const { memory } = rebuild(next === null ? adds : [mall(-1, 'add-to-cart', { id: 'i0' }), ...adds], rules, null)
    const later = fireTimers(memory, new Date(start + at), changed(rules[0] as Rule))
    expect(later.signals).toEqual([])
    expect(later.memory.nextTimerAt).toEqual(next === null ? null : new Date(start + next))
    expect(later.memory.newest).toEqual(memory.newest)
  })
})

describe('E1 comparing items of one category', () => {
  const view = (at: number, id: string, category = 'boots') => mall(at, 'view-item', { id, category })
  test.each<[string, CustomerEvent[], string[]]>([
    ['five different within the hour', ['a', 'b', 'c', 'd', 'e'].map((id, i) => view(i * minute, id)), [`boots ${4 * minute}`]],
    ['the first exactly an hour ago', ['a', 'b', 'c', 'd', 'e'].map((id, i) => view(i * 15 * minute, id)), []],
    ['the same item again is not another one', ['a', 'b', 'c', 'd', 'a'].map((id, i) => view(i * minute, id)), []],
    ['looking again keeps an item in the window', [view(0, 'a'), view(30 * minute, 'b'), view(40 * minute, 'a'), view(61 * minute, 'c'), view(62 * minute, 'd'), view(63 * minute, 'e')], [`boots ${63 * minute}`]],
    ['categories are apart', [view(0, 'a'), view(1, 'b'), view(2, 'c', 'coats'), view(3, 'd'), view(4, 'e')], []],
    ['an item without category is not counted', ['a', 'b', 'c', 'd', 'e'].map((id, i) => mall(i, 'view-item', { id })), []],
  ])('%s', (_, events, expected) => {
    expect(fired(events)).toEqual(expected.map((text) => `comparing ${text}`))
  })
})

describe('E1 single signals', () => {
  test.each([
    ['这款羽绒服现在多少钱', true],
    ['这 款 多 少 钱？', true],
    ['ＰＲＩＣＥ please', true],
    ['How  Much is it', true],
    ['在吗', false],
    ['', false],
    [null, false],
  ])('asks for a price: %j -> %s', (text, asks) => {
    expect(fired([wrote(0, text)])).toEqual(asks ? ['asks-for-a-price  0'] : [])
  })

  test('follow, unfollow, paid and questions have no cool-down', () => {
    const follow = (at: number) => eventAt(at, { kind: 'followed-account', scene: null })
    const leave = (at: number) => eventAt(at, { kind: 'unfollowed-account' })
    const paid = shopOrder(4, 'order-paid', [{ id: 'i1' }], 268_000)
    expect(fired([follow(0), leave(1), follow(2), leave(3), paid, wrote(5, '多少钱'), wrote(6, '多少钱')])).toEqual([
      'followed  0', 'unfollowed  1', 'followed  2', 'unfollowed  3', 'order-paid no-1 4', 'asks-for-a-price  5', 'asks-for-a-price  6',
    ])
  })

  test('added to basket is told once a day for one item', () => {
    const events = [mall(0, 'add-to-cart'), mall(1, 'remove-from-cart'), mall(day - 1, 'add-to-cart'), mall(day, 'add-to-cart')]
    expect(fired(events, only('added-to-basket'))).toEqual(['added-to-basket i1 0', `added-to-basket i1 ${day}`])
  })
})

describe('B2, B3 resends and late events', () => {
  test('the same key again changes nothing and returns the same signals', () => {
    const events = [opened(0), opened(hour), opened(2 * hour)]
    const first = events.reduce((past, event) => weigh(past.memory, event, shippedRules), { memory: emptyMemory(), signals: [] as readonly unknown[] })
    const again = weigh(first.memory, events[2] as CustomerEvent, shippedRules)
    expect(again).toEqual({ memory: first.memory, signals: first.signals, late: false })
    expect(first.signals).toHaveLength(1)
  })

  test('an older unknown event is late and leaves the memory as it is', () => {
    const { memory } = weigh(emptyMemory(), opened(hour), shippedRules)
    expect(weigh(memory, opened(0), shippedRules)).toEqual({ memory, signals: [], late: true })
  })

  test('an order that happened before a timer already fired by the clock is late', () => {
    const { memory } = weigh(emptyMemory(), mall(0, 'add-to-cart'), shippedRules)
    const later = fireTimers(memory, new Date(start + 3 * hour), shippedRules)
    expect(later.signals).toHaveLength(1)
    expect(weigh(later.memory, mall(2 * hour, 'order'), shippedRules).late).toBe(true)
    expect(weigh(later.memory, mall(2 * hour + 1, 'order'), shippedRules).late).toBe(false)
  })

  test('an event that no rule looks at changes nothing', () => {
    const { memory } = weigh(emptyMemory(), opened(0), shippedRules)
    expect(weigh(memory, mall(hour, 'search', null), shippedRules)).toEqual({ memory, signals: [], late: false })
  })
})
