import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Alert } from '../../server/domain/alert.ts'
import type { ExternalUserId } from '../../server/domain/ids.ts'
import { planRinging, type RingingQuestion } from '../../server/domain/ringing.ts'
import { alertAt, moved } from './alerts.ts'
import { day, hour, minute, second, start } from './events.ts'

const hours = { fromMinute: 9 * 60, toMinute: 21 * 60, timeZone: 'Asia/Shanghai' }
const cap = { perMinute: 25, perHour: 900 }
const lin = 'wm-lin' as ExternalUserId
const zhou = 'wm-zhou' as ExternalUserId

/** The plan at `now` ms after 10:00, with times told as ms after 10:00. */
function plan(now: number, alerts: readonly Alert[], given: Partial<Omit<RingingQuestion, 'sentTimes'>> & { rang?: [ExternalUserId, number][]; sent?: number[] } = {}) {
  const { rang = [], sent = [], ...rest } = given
  const result = planRinging({
    alerts,
    lastRangAbout: new Map(rang.map(([id, at]) => [id, new Date(start + at)])),
    sentTimes: sent.map((at) => new Date(start + at)),
    now: new Date(start + now),
    hours,
    mergeMs: 10 * minute,
    cap,
    ...rest,
  })
  return {
    messages: result.messages.map(({ kind, alertKeys }) => `${kind} ${alertKeys.join('+')}`),
    hold: result.hold.map(({ alertKey, reason, until }) => `${alertKey} ${reason} ${until.getTime() - start}`),
  }
}

describe('E4 merging', () => {
  const first = alertAt(0, { key: 'a' })
  const next = alertAt(3 * minute, { key: 'b' })

  test('the first about a customer rings at once; another customer is another message', () => {
    expect(plan(0, [first, alertAt(0, { key: 'z', externalUserId: zhou })]).messages).toEqual(['card a', 'card z'])
  })

  test.each([
    ['within the window it waits for its end', 3 * minute, [], ['b merge-window 600000']],
    ['one ms before the end it waits', 10 * minute - 1, [], ['b merge-window 600000']],
    ['at the end it rings', 10 * minute, ['card b'], []],
  ])('%s', (_, now, messages, hold) => {
    expect(plan(now, [next], { rang: [[lin, 0]] })).toEqual({ messages, hold })
  })

  test('what waited is told together, the most urgent and newest as headline', () => {
    const later = alertAt(4 * minute, { key: 'c', urgency: 'later' })
    const newer = alertAt(5 * minute, { key: 'd' })
    expect(plan(10 * minute, [next, later, newer], { rang: [[lin, 0]] }).messages).toEqual(['card d+b+c'])
  })

  test('a direct question rings at once, and does not put off what was promised', () => {
    const held = moved(next, 'held', 3 * minute, 'merge-window', 10 * minute)
    const asks = alertAt(5 * minute, { key: 'q', direct: true })
    const during = plan(5 * minute, [held, asks], { rang: [[lin, 0]] })
    expect(during).toEqual({ messages: ['card q'], hold: ['b merge-window 600000'] })
    const after = alertAt(6 * minute, { key: 'e' })
    expect(plan(8 * minute, [held, after], { rang: [[lin, 5 * minute]] }).hold).toEqual(['e merge-window 600000', 'b merge-window 600000'])
    expect(plan(10 * minute, [held, moved(after, 'held', 6 * minute, 'merge-window', 10 * minute)], { rang: [[lin, 5 * minute]] }).messages).toEqual(['card e+b'])
  })

  test('without merging each alert is its own card', () => {
    expect(plan(3 * minute, [first, next], { rang: [[lin, 0]], mergeMs: 0 }).messages).toEqual(['card a', 'card b'])
  })

  test('what was old on arrival never rings alone but joins the next message about its customer', () => {
    const old = alertAt(0, { key: 'o', rings: false })
    expect(plan(0, [old])).toEqual({ messages: [], hold: [] })
    expect(plan(minute, [old, alertAt(minute, { key: 'z', externalUserId: zhou })]).messages).toEqual(['card z'])
    expect(plan(minute, [old, first]).messages).toEqual(['card a+o'])
    expect(plan(minute, [old, first], { mergeMs: 0 }).messages).toEqual(['card a+o'])
  })

  test('a snoozed alert comes back when it is due', () => {
    const snoozed = moved(first, 'snoozed', 0, 'later', 2 * hour)
    expect(plan(hour, [snoozed])).toEqual({ messages: [], hold: [] })
    expect(plan(2 * hour, [snoozed]).messages).toEqual(['card a'])
  })
})

describe('E4 quiet hours', () => {
  const opening = 23 * hour
  const evening = alertAt(11 * hour, { key: 'n' })

  test.each([
    ['20:59:59', 11 * hour - second, ['card n'], []],
    ['21:00', 11 * hour, [], [`n quiet-hours ${opening}`]],
    ['08:59:59', opening - second, [], [`n quiet-hours ${opening}`]],
    ['09:00, a single one as a card', opening, ['card n'], []],
  ])('at %s', (_, now, messages, hold) => {
    const alert = now < 11 * hour ? alertAt(now, { key: 'n' }) : evening
    expect(plan(now, [alert])).toMatchObject({ messages, hold })
  })

  test('at opening what came meanwhile is one digest, for all customers; a direct question waits as well', () => {
    const asks = alertAt(13 * hour, { key: 'q', externalUserId: zhou, direct: true })
    const old = alertAt(14 * hour, { key: 'o', rings: false })
    expect(plan(14 * hour, [evening, asks, old]).messages).toEqual([])
    expect(plan(opening, [evening, asks, old]).messages).toEqual(['digest q+n+o'])
  })

  test('what was held for the merge window into the night joins the digest, the morning has its own card', () => {
    const merged = moved(alertAt(11 * hour - minute, { key: 'm' }), 'held', 11 * hour - minute, 'merge-window', 11 * hour + 5 * minute)
    const morning = alertAt(opening, { key: 'g', externalUserId: zhou })
    expect(plan(opening, [evening, merged, morning]).messages).toEqual(['digest n+m', 'card g'])
  })

  test('always open never holds', () => {
    expect(plan(13 * hour, [evening], { hours: { ...hours, fromMinute: 0, toMinute: 1440 } }).messages).toEqual(['card n'])
  })
})

describe('E4 the cap', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => alertAt(i, { key: `k${String(i).padStart(3, '0')}`, externalUserId: `wm${i}` as ExternalUserId, urgency: i % 2 ? 'later' : 'now' }))

  test('25 in a minute, urgent and oldest first; the rest waits until the minute is over', () => {
    const { messages, hold } = plan(minute, many(30))
    expect(messages).toHaveLength(25)
    expect(messages.slice(0, 2)).toEqual(['card k000', 'card k002'])
    expect(hold.map((one) => one.split(' ').slice(1).join(' '))).toEqual(Array(5).fill(`cap ${2 * minute + 1}`))
  })

  test.each([
    ['24 sent: one more', 24, 1],
    ['25 sent: none', 25, 0],
  ])('%s', (_, sent, more) => {
    expect(plan(minute, many(2), { sent: Array.from({ length: sent }, () => 30 * second) }).messages).toHaveLength(more)
  })

  test('900 in an hour, direct questions too', () => {
    const sent = Array.from({ length: 900 }, (_, i) => i * 3 * second)
    const asks = alertAt(50 * minute, { key: 'q', direct: true })
    expect(plan(50 * minute, [asks], { sent })).toEqual({ messages: [], hold: [`q cap ${hour + 1}`]})
    expect(plan(hour + 1, [asks], { sent }).messages).toEqual(['card q'])
  })

  test('however alerts come in, no 60 s hold more than 25 messages and all are told in the end', () => {
    const arrivals = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 4000 }), who: fc.integer({ min: 0, max: 60 }), direct: fc.boolean() }), { minLength: 1, maxLength: 120, size: 'max' })
    fc.assert(
      fc.property(arrivals, fc.constantFrom(0, 2 * minute), (steps, mergeMs) => {
        const sent = play(steps, mergeMs)
        const told = sent.flatMap(({ keys }) => keys)
        expect(told.toSorted()).toEqual(steps.map((_, index) => `k${index}`).toSorted())
        for (const { at } of sent) expect(sent.filter((one) => one.at >= at && one.at <= at + 60_000).length).toBeLessThanOrEqual(25)
      }),
      { numRuns: 40 },
    )
  })
})

/** Lets alerts come in and the phone ring whenever the plan asks to be woken. */
function play(steps: readonly { gap: number; who: number; direct: boolean }[], mergeMs: number) {
  const sent: { at: number; keys: readonly string[]; customers: Set<ExternalUserId> }[] = []
  let at = 0
  const coming = steps.map(({ gap, who, direct }, index) => alertAt((at += gap), { key: `k${index}`, externalUserId: `wm${who}` as ExternalUserId, direct }))
  let waiting: Alert[] = []
  let now: number | null = 0
  while (now !== null) {
    const time: number = now
    waiting.push(...coming.splice(0, coming.findLastIndex((alert) => alert.raisedAt.getTime() - start <= time) + 1))
    const rang = new Map(sent.flatMap((one) => [...one.customers].map((id) => [id, new Date(start + one.at)] as const)))
    const sentTimes = sent.filter((one) => one.at >= time - hour).map((one) => new Date(start + one.at))
    const result = planRinging({ alerts: waiting, lastRangAbout: rang, sentTimes, now: new Date(start + time), hours: { ...hours, fromMinute: 0, toMinute: 1440 }, mergeMs, cap })
    for (const { alertKeys } of result.messages) {
      const own = waiting.filter(({ key }) => alertKeys.includes(key))
      sent.push({ at: time, keys: alertKeys, customers: new Set(own.map(({ externalUserId }) => externalUserId)) })
    }
    const told = new Set(result.messages.flatMap(({ alertKeys }) => alertKeys))
    const holds = new Map(result.hold.map((hold) => [hold.alertKey, hold]))
    waiting = waiting.filter(({ key }) => !told.has(key)).map((alert) => {
      const hold = holds.get(alert.key)
      return hold ? moved(alert, 'held', time, hold.reason, hold.until.getTime() - start) : alert
    })
    const next = [coming[0]?.raisedAt.getTime(), ...result.hold.map(({ until }) => until.getTime())].filter((one) => one !== undefined).map((one) => one - start)
    now = next.length > 0 && time < day ? Math.max(time + 1, Math.min(...next)) : null
  }
  return sent
}
