import { describe, expect, test } from 'vitest'
import {
  clockTime,
  dayName,
  daySoFar,
  duration,
  evidenceTime,
  fenOf,
  firstLetter,
  money,
  pointInTime,
  sharersText,
  timeAgo,
} from '../../sidebar/src/words.ts'

const at = (text: string) => Date.parse(`${text}+08:00`)
const now = at('2026-03-05T20:37:00')

test('F1: the store’s usual zone is told as every other one, by day, by night and at the turn of the year', () => {
  const from = Date.UTC(1991, 11, 30)
  for (let step = 0; step < 400; step++) {
    const then = from + step * 37 * 3600_000 * 24.37
    expect(clockTime(then, 'Asia/Shanghai')).toBe(clockTime(then, 'Asia/Manila'))
    expect(dayName(then, now, 'Asia/Shanghai')).toBe(dayName(then, now, 'Asia/Manila'))
  }
})

describe('F1: times as people say them', () => {
  test.each([
    ['2026-03-05T20:37:30', '刚刚', 'the device is slightly behind the server'],
    ['2026-03-05T20:36:01', '刚刚', '59 seconds'],
    ['2026-03-05T20:36:00', '1 分钟前', 'one minute'],
    ['2026-03-05T20:31:00', '6 分钟前', 'six minutes'],
    ['2026-03-05T19:37:01', '59 分钟前', 'nearly an hour'],
    ['2026-03-05T19:37:00', '今天 19:37', 'an hour'],
    ['2026-03-05T00:00:00', '今天 00:00', 'midnight belongs to the new day'],
    ['2026-03-04T23:59:59', '昨天 23:59', 'the last second of yesterday'],
    ['2026-03-03T23:59:59', '3月3日', 'the day before yesterday'],
    ['2025-12-31T23:59:00', '2025年12月31日', 'another year'],
  ])('timeAgo(%s) is %s: %s', (when, said) => {
    expect(timeAgo(at(when), now)).toBe(said)
  })

  test('timeAgo counts minutes across midnight', () => {
    expect(timeAgo(at('2026-03-04T23:58:00'), at('2026-03-05T00:03:00'))).toBe('5 分钟前')
  })

  test.each([
    ['2026-03-05T20:31:00', '20:31'],
    ['2026-03-04T20:31:00', '昨天'],
    ['2026-03-02T20:31:00', '3月2日'],
  ])('evidenceTime(%s) is %s', (when, said) => {
    expect(evidenceTime(at(when), now)).toBe(said)
  })

  test.each([
    ['2026-03-05T20:31:00', '20:31'],
    ['2026-03-04T20:31:00', '昨天 20:31'],
    ['2026-03-06T09:00:00', '明天 09:00'],
    ['2026-03-02T08:05:00', '3月2日 08:05'],
    ['2025-03-02T08:05:00', '2025年3月2日 08:05'],
  ])('pointInTime(%s) is %s', (when, said) => {
    expect(pointInTime(at(when), now)).toBe(said)
  })

  test('the day is the one of the store, wherever the device is', () => {
    const late = Date.parse('2026-03-05T16:30:00Z')
    expect(dayName(late, late, 'Asia/Shanghai')).toBe('今天')
    expect(clockTime(late, 'Asia/Shanghai')).toBe('00:30')
    expect(clockTime(late, 'America/New_York')).toBe('11:30')
    expect(dayName(Date.parse('2026-03-05T15:59:00Z'), late, 'Asia/Shanghai')).toBe('昨天')
    expect(dayName(Date.parse('2026-03-05T15:59:00Z'), late, 'UTC')).toBe('今天')
  })
})

describe('F1: lengths and numbers', () => {
  test.each([
    [0, '0 分钟'],
    [40, '40 分钟'],
    [120, '2 小时'],
    [90, '1 小时 30 分钟'],
    [59.6, '1 小时'],
  ])('duration(%d) is %s', (minutes, said) => {
    expect(duration(minutes)).toBe(said)
  })

  test.each([
    [{ answered: 0, medianMinutes: null }, '今天还没有回应。'],
    [{ answered: 1, medianMinutes: null }, '今天回应了 1 位。'],
    [{ answered: 12, medianMinutes: 9 }, '今天回应了 12 位，多半在 9 分钟内。'],
    [{ answered: 2, medianMinutes: 0.4 }, '今天回应了 2 位，多半在 1 分钟内。'],
    [{ answered: 3, medianMinutes: 125 }, '今天回应了 3 位，多半在 2 小时 5 分钟内。'],
  ])('daySoFar(%o) is %s', (today, said) => {
    expect(daySoFar(today)).toBe(said)
  })

  test.each([
    ['林小姐', '林'],
    ['  Ann', 'A'],
    ['👩‍👧‍👦🌸Lin', '👩‍👧‍👦'],
    ['𠮷野', '𠮷'],
    ['   ', '客'],
  ])('firstLetter(%s) is %s', (name, letter) => {
    expect(firstLetter(name)).toBe(letter)
  })
})

test.each([
  ['2680', 268_000],
  ['￥2,680', 268_000],
  ['99.5', 9950],
  ['0.01', 1],
  ['0', null],
  ['1.005', null],
  ['abc', null],
  ['-5', null],
  ['', null],
])('A4: an amount typed as %j is %j fen', (typed, fen) => {
  expect(fenOf(typed)).toBe(fen)
})

test('A4: money has decimals only where there are some', () => {
  expect([268_000, 9950, 1].map(money)).toEqual(['¥2,680', '¥99.50', '¥0.01'])
})

test('A6: who of her customers shared an article, in one line', () => {
  const lin = { name: '林小姐', friends: 3, contacts: 1 }
  expect(sharersText([lin], 0)).toBe('林小姐 分享了，3 位朋友打开，1 位成了联系人')
  expect(sharersText([lin, { name: '周女士', friends: 1, contacts: 0 }], 2)).toBe('林小姐 分享了，3 位朋友打开，1 位成了联系人；周女士 分享了，1 位朋友打开；还有 2 位客户分享了')
})
