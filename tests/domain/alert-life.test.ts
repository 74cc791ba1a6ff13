import { describe, expect, test } from 'vitest'
import { fateOf } from '../../server/domain/alert-fate.ts'
import { applyFeedback, expiresAt, laterStillRelevant } from '../../server/domain/alert-life.ts'
import { wallClock } from '../../server/domain/local-time.ts'
import { alertAt, moved } from './alerts.ts'
import { day, eventAt, hour, mall, minute, opened, second, shopOrder, start } from './events.ts'

const wall = wallClock('Asia/Shanghai')

const hours = { fromMinute: 9 * 60, toMinute: 21 * 60, timeZone: 'Asia/Shanghai' }
const after = (ms: number) => new Date(start + ms)
const sent = moved(alertAt(0, { key: 'a' }), 'sent', second, 'sent')

describe('E6 the states of an alert', () => {
  test('an alert expires 72 h after it was raised', () => {
    expect(expiresAt(sent)).toEqual(after(3 * day))
  })
})

describe('E3 feedback', () => {
  test.each([
    ['following', 0, { state: 'acted', dueAt: null, reason: 'following' }],
    ['later', 0, { state: 'snoozed', dueAt: after(2 * hour), reason: 'later' }],
    ['later, back at opening', 10 * hour, { state: 'snoozed', dueAt: after(23 * hour), reason: 'later' }],
    ['not-useful', 0, { state: 'not-useful', dueAt: null, reason: 'not-useful' }],
  ])('%s', (name, at, expected) => {
    const action = name.split(',')[0] as 'following' | 'later' | 'not-useful'
    expect(applyFeedback(sent, { action }, after(at), hours)).toEqual({ ...expected, undoUntil: after(at + 10 * second) })
  })

  test('没用 keeps the reason given', () => {
    expect(applyFeedback(sent, { action: 'not-useful', reason: ' 已经买了 ' }, after(0), hours)).toMatchObject({ reason: '已经买了' })
  })

  test.each([
    ['10 s later', 10 * second, { state: 'sent', dueAt: null, reason: 'undo', undoUntil: null }],
    ['10.001 s later', 10 * second + 1, { problem: 'nothing-to-undo' }],
  ])('undo %s', (_, ms, expected) => {
    const acted = moved(sent, 'acted', minute, 'following')
    expect(applyFeedback(acted, { action: 'undo' }, after(minute + ms), hours)).toEqual(expected)
  })

  test('the last one wins, undo goes back to the one before, and only once', () => {
    const snoozed = moved(sent, 'snoozed', minute, 'later', 2 * hour + minute)
    expect(applyFeedback(snoozed, { action: 'following' }, after(minute), hours)).toMatchObject({ state: 'acted' })
    const acted = moved(snoozed, 'acted', minute + second, 'following')
    const back = applyFeedback(acted, { action: 'undo' }, after(minute + 2 * second), hours)
    expect(back).toEqual({ state: 'snoozed', dueAt: after(2 * hour + minute), reason: 'undo', undoUntil: null })
    const undone = moved(acted, 'snoozed', minute + 2 * second, 'undo', 2 * hour + minute)
    expect(applyFeedback(undone, { action: 'undo' }, after(minute + 3 * second), hours)).toEqual({ problem: 'nothing-to-undo' })
  })

  test('undone to a wait, it asks again for its turn; what was too old to ring stays in the inbox', () => {
    const held = { ...moved(sent, 'held', 0, 'quiet-hours', hour) }
    const acted = moved(held, 'acted', minute, 'following')
    expect(applyFeedback(acted, { action: 'undo' }, after(minute + second), hours)).toMatchObject({ state: 'queued', dueAt: null })
    const quiet = { ...acted, rings: false }
    expect(applyFeedback(quiet, { action: 'undo' }, after(minute + second), hours)).toMatchObject({ state: 'held', dueAt: null })
  })

  test('nothing to undo where nothing was tapped; what is closed takes no feedback', () => {
    expect(applyFeedback(sent, { action: 'undo' }, after(2 * second), hours)).toEqual({ problem: 'nothing-to-undo' })
    expect(applyFeedback(moved(sent, 'retracted', minute, 'paid'), { action: 'later' }, after(minute), hours)).toEqual({ problem: 'closed' })
  })
})

describe('E3 稍后 brings back only what still matters', () => {
  test.each([
    ['nothing happened', [], true],
    ['the item was ordered in the mall', [mall(hour, 'order')], false],
    ['the item was paid in the shop', [shopOrder(hour, 'order-paid', [{ id: 'x', aliases: ['i1'] }])], false],
    ['the item was taken out', [mall(hour, 'remove-from-cart')], false],
    ['another item was ordered', [mall(hour, 'order', { id: 'i2' })], true],
    ['it was ordered before', [mall(-hour, 'order')], true],
    ['an article was read', [opened(hour)], true],
  ])('%s: %j', (_, since, relevant) => {
    expect(laterStillRelevant(sent, since, after(2 * hour))).toBe(relevant)
  })

  test('a follow taken back, and anything after 72 h', () => {
    const followed = alertAt(0, { key: 'f', rule: 'followed', items: [] })
    expect(laterStillRelevant(followed, [eventAt(hour, { kind: 'unfollowed-account' })], after(2 * hour))).toBe(false)
    expect(laterStillRelevant(sent, [], after(3 * day))).toBe(false)
    expect(laterStillRelevant(sent, [], after(3 * day - 1))).toBe(true)
  })
})

test.each([
  ['马上提醒你', alertAt(0, { key: 'a' })],
  ['有一阵子了，不单独响，随下一条一起告诉你', alertAt(0, { key: 'a', rings: false })],
  ['已发到手机 10:00', sent],
  ['现在不打扰，明早 09:00 一起告诉你', moved(sent, 'held', 11 * hour, 'quiet-hours', 23 * hour)],
  ['刚提醒过这位客户，10:10 一起告诉你', moved(sent, 'held', minute, 'merge-window', 10 * minute)],
  ['提醒太密，10:01 告诉你', moved(sent, 'held', second, 'cap', minute)],
  ['12:00 再提醒你', moved(sent, 'snoozed', 0, 'later', 2 * hour)],
  ['跟进中 10:30', moved(sent, 'acted', 30 * minute, 'following')],
  ['客户已付款，不用跟进了', moved(sent, 'retracted', hour, 'paid')],
  ['情况变了，不用跟进了', moved(sent, 'superseded', hour, 'no-longer-true')],
  ['没有发到手机，企业微信拒收了', moved(sent, 'refused', hour, 'invaliduser')],
  ['超过 3 天没处理，已过期', moved(sent, 'expired', 3 * day, '72h')],
  ['已看 10:05', moved(sent, 'opened', 5 * minute, 'opened')],
])('E6 its fate in words: %s', (words, alert) => {
  expect(fateOf(alert, after(minute), wall)).toBe(words)
})

test('E6 yesterday and older say so', () => {
  expect(fateOf(sent, after(day), wall)).toBe('已发到手机 昨天 10:00')
  expect(fateOf(sent, after(2 * day), wall)).toBe('已发到手机 3月2日 10:00')
})
