import { describe, expect, test } from 'vitest'
import { shippedRules } from '../../config/rules.ts'
import { loadSentences } from '../../config/sentences.ts'
import type { Alert } from '../../server/domain/alert.ts'
import { spacingsOf } from '../../server/domain/apart.ts'
import { decideAlert, type AlertQuestion } from '../../server/domain/decide-alert.ts'
import { decideBriefing, type BriefingQuestion } from '../../server/domain/decide-briefing.ts'
import type { CustomerEvent } from '../../server/domain/event.ts'
import type { AppId, ExternalUserId, Fen, StaffId } from '../../server/domain/ids.ts'
import type { Contact, Follow } from '../../server/domain/person.ts'
import { rebuild } from '../../server/domain/rebuild.ts'
import { clockText, wallClock } from '../../server/domain/local-time.ts'
import type { Rule } from '../../server/domain/rule.ts'
import { day, eventAt, hour, mall, minute, opened, shared, shopOrder, start, wrote } from './events.ts'

const wall = wallClock('Asia/Shanghai')

const wording = { sentences: loadSentences(), timeZone: 'Asia/Shanghai', officialAccount: null, spacings: spacingsOf(shippedRules) }
const mei: Follow = { staffId: 'mei' as StaffId, userid: 'Mei', since: new Date(start - 30 * day), remark: null, contactWay: null, addWay: null, ended: null }
const contact: Contact = { externalUserId: 'wm-lin' as ExternalUserId, name: '林小姐', avatar: null, unionId: null, follows: [mei], readAt: new Date(start) }
const coat = { id: 'i1', title: '羊绒大衣 驼色 M', category: '大衣', price: 268_000 as Fen }
const after = (ms: number) => new Date(start + ms)

/** The decision on the last signal of one rule that these events raise. */
function decide(ruleId: string, events: readonly CustomerEvent[], given: Partial<AlertQuestion> = {}) {
  const rule = shippedRules.find(({ id }) => id === ruleId) as Rule
  const signal = rebuild(events, [rule], after(10 * day)).signals.at(-1)
  if (!signal) throw new Error('no signal')
  const heard = { arrivedAt: given.now ?? signal.at, now: signal.at }
  return decideAlert({ contact, owner: mei, ownerSince: mei.since, staffName: '小梅', signal, rule, events, told: [], ...heard, ...given }, wording)
}

function alertOf(ruleId: string, events: readonly CustomerEvent[], given: Partial<AlertQuestion> = {}): Alert {
  const decision = decide(ruleId, events, given)
  if (!decision.alert) throw new Error(decision.because)
  return decision.alert
}

const lines = ({ evidence }: Alert) => evidence.map(({ at, text }) => `${clockText(at, wall)} ${text}`)

describe('E2 why now', () => {
  const views = ['切尔西 黑 37', '马丁靴', '雪地靴', '短靴', '长靴'].map((title, i) => mall(i * minute, 'view-item', { id: `b${i}`, title, category: '短靴' }))
  test.each<[string, CustomerEvent[], string]>([
    ['article-read-again', [opened(0), opened(hour), opened(2 * hour)], '24 小时内第 3 次读《秋冬大衣怎么选》'],
    ['article-shared-again', [shared(0, 'f1'), shared(hour, 'f2')], '把《秋冬大衣怎么选》分享给了 2 位朋友'],
    ['added-to-basket', [mall(0, 'add-to-cart', coat)], '加购了羊绒大衣 驼色 M'],
    ['added-to-basket', [mall(0, 'add-to-cart')], '加购了一件商品'],
    ['basket-not-ordered', [mall(0, 'add-to-cart', coat)], '加购了羊绒大衣 驼色 M，还没下单'],
    ['comparing', views, '1 小时内看了 5 款短靴'],
    ['comparing', views.map((event, i) => mall(i * minute, 'view-item', { ...('item' in event && event.item), category: '3982336' })), '1 小时内看了 5 款同类商品'],
    ['followed', [eventAt(0, { kind: 'followed-account', scene: null })], '刚关注了公众号'],
    ['unfollowed', [eventAt(0, { kind: 'unfollowed-account' })], '取消关注了公众号'],
    ['asks-for-a-price', [wrote(0, '这款羽绒服\n现在多少钱')], '在公众号问「这款羽绒服 现在多少钱」'],
    ['order-paid', [shopOrder(0, 'order-paid', [{ id: 'p', title: '针织连衣裙' }], 129_900)], '付款 ¥1,299，买了针织连衣裙'],
    ['order-paid', [shopOrder(0, 'order-paid', [], 1250)], '付款 ¥12.50'],
    ['order-paid', [shopOrder(0, 'order-paid', [])], '付款了'],
  ])('%s', (ruleId, events, title) => {
    expect(alertOf(ruleId, events).title).toBe(title)
  })

  test('evidence: the cause, then what else happened lately, at most three lines, newest first', () => {
    const events = [shared(-day, 'f1'), shared(-day + 1, 'f2'), opened(0), opened(hour), opened(2 * hour), mall(3 * hour, 'add-to-cart', coat)]
    expect(lines(alertOf('basket-not-ordered', events))).toEqual([
      '13:00 加入购物袋「羊绒大衣 驼色 M」¥2,680',
      '12:00 读《秋冬大衣怎么选》 3 次',
      '10:00 分享《秋冬大衣怎么选》，2 位朋友打开',
    ])
  })

  test('with nothing else to say, the earlier repetitions are told; the price is absent where unknown', () => {
    expect(lines(alertOf('article-read-again', [opened(0), opened(hour), opened(2 * hour)]))).toEqual([
      '12:00 24 小时内第 3 次读《秋冬大衣怎么选》',
      '11:00 第 2 次读《秋冬大衣怎么选》',
      '10:00 第 1 次读《秋冬大衣怎么选》',
    ])
    expect(lines(alertOf('added-to-basket', [mall(0, 'add-to-cart', { id: 'i1', title: '羊绒大衣' })]))).toEqual(['10:00 加入购物袋「羊绒大衣」'])
  })

  test('what the title has said whole is not said again below it; a longer question is', () => {
    const before = [mall(-hour, 'view-item', coat)]
    expect(lines(alertOf('asks-for-a-price', [...before, wrote(0, '羊绒大衣多少钱')]))).toEqual(['09:00 看了「羊绒大衣 驼色 M」¥2,680'])
    expect(lines(alertOf('asks-for-a-price', [wrote(0, '多少钱')]))).toEqual([])
    expect(lines(alertOf('asks-for-a-price', [wrote(0, `${'想问一下'.repeat(8)}多少钱`)]))[0]).toMatch(/^10:00 在公众号问「/)
  })

  test('opens that came too close are in no line: the third is the third', () => {
    expect(lines(alertOf('article-read-again', [opened(0), opened(20_000), opened(hour), opened(2 * hour)]))).toEqual([
      '12:00 24 小时内第 3 次读《秋冬大衣怎么选》',
      '11:00 第 2 次读《秋冬大衣怎么选》',
      '10:00 第 1 次读《秋冬大衣怎么选》',
    ])
  })

  test('a share never shows the friend', () => {
    const alert = alertOf('article-shared-again', [shared(0, 'openid:wx1:secret-friend'), shared(hour, 'openid:wx1:other-friend')])
    expect(JSON.stringify({ ...alert, eventKeys: [] })).not.toContain('friend')
    expect(lines(alert)[0]).toBe('11:00 把《秋冬大衣怎么选》分享给朋友，2 位朋友打开')
  })

  test('long titles are cut so that the point of the sentence stays', () => {
    const alert = alertOf('basket-not-ordered', [mall(0, 'add-to-cart', { ...coat, title: '双面羊绒'.repeat(15) })])
    expect(alert.title).toMatch(/^加购了.{17}…，还没下单$/u)
  })

  test('the alert names owner, cause and items; the remark is what the salesperson calls her', () => {
    const events = [mall(0, 'add-to-cart', { ...coat, aliases: ['sku-9'] })]
    const alert = alertOf('basket-not-ordered', events, { owner: { ...mei, remark: '林老师' } })
    expect(alert).toMatchObject({
      key: `basket-not-ordered|i1|${events[0]?.key}`, owner: 'mei', customerName: '林老师', tag: '加购未下单', items: ['i1', 'sku-9'],
      eventKeys: [events[0]?.key], urgency: 'now', direct: false, rings: true, state: 'queued', at: after(2 * hour),
    })
  })
})

describe('E2 what to say', () => {
  const titles = ['双面呢大衣 炭灰', '大衣', 'Air', 'Air Jacket', '风衣 2024', '2024', '卫衣2024新款', 'iPhone Case (M+)', 'ABC丝绒裙', 'KX900']
  const others = titles.map((title, i) => mall(-hour + i, 'view-item', { id: `o${i}`, title }))
  test.each([
    ['羊绒大衣多少钱', '羊绒大衣'],
    ['请问「羊绒大衣 驼色M」什么价格？', '羊绒大衣 驼色 M'],
    ['air jacket 价格', 'Air Jacket'],
    ['a case价格', 'Case'],
    ['iphone case(m+)多少钱', 'iPhone Case (M+)'],
    ['新的abc丝绒 裙什么价格', 'ABC丝绒裙'],
    ['kx900多少钱', 'KX900'],
  ])('a price asked of something by name is answered about that: %s', (text, name) => {
    const { openers } = alertOf('asks-for-a-price', [...others, mall(-minute, 'view-item', coat), wrote(0, text)])
    expect(openers).toHaveLength(3)
    expect(openers.every((opener) => opener.includes(name))).toBe(true)
  })

  test.each(['大衣多少钱', '驼色那件什么价格', '有优惠吗', 'a fair price', '2024新款多少钱', 'the price of 2024', 'price of the showcase', 'casement价格', 'XABC多少钱', 'kx9001多少钱'])('a price of nothing that is known asks which one: %s', (text) => {
    const { openers } = alertOf('asks-for-a-price', [...others, mall(-minute, 'view-item', coat), wrote(0, text)])
    expect(openers[0]).toContain('您问的是哪一款')
  })
})

describe('E2 whether to tell', () => {
  const basket = [mall(0, 'add-to-cart', coat)]
  test.each([
    ['exactly 2 h old on arrival still rings', 4 * hour, true],
    ['older than 2 h does not ring alone', 4 * hour + 1, false],
  ])('%s', (_, now, rings) => {
    expect(alertOf('basket-not-ordered', basket, { now: after(now) }).rings).toBe(rings)
  })

  test('what waited for us after its arrival rings all the same', () => {
    const alert = alertOf('basket-not-ordered', basket, { arrivedAt: after(2 * hour + minute), now: after(9 * hour) })
    expect(alert).toMatchObject({ rings: true, raisedAt: after(9 * hour) })
  })

  test('nobody follows: no alert; before the customer was hers: it waits for a briefing', () => {
    expect(decide('added-to-basket', basket, { owner: null })).toEqual({ alert: null, because: 'nobody-follows' })
    expect(decide('added-to-basket', basket, { ownerSince: after(1) })).toEqual({ alert: null, because: 'before-ownership' })
    expect(decide('added-to-basket', basket, { ownerSince: after(0) }).alert).not.toBeNull()
  })

  test('told in the briefing: not again, but what becomes true after it is told', () => {
    const told = [{ at: after(hour), eventKeys: basket.map(({ key }) => key) }]
    expect(decide('added-to-basket', basket, { told })).toEqual({ alert: null, because: 'told-in-the-briefing' })
    expect(decide('basket-not-ordered', basket, { told }).alert).not.toBeNull()
    expect(decide('basket-not-ordered', basket, { told: [{ ...told[0], at: after(2 * hour), eventKeys: told[0]?.eventKeys ?? [] }] }).alert).toBeNull()
  })
})

describe('C2 the briefing', () => {
  const brief = (events: readonly CustomerEvent[], given: Partial<BriefingQuestion> = {}, officialAccount: AppId | null = null) =>
    decideBriefing(
      { contact, follow: mei, staffName: '小梅', occasion: 'added', events, toldBefore: [], now: after(day), ...given },
      { ...wording, officialAccount },
    )

  test.each<[string, CustomerEvent[], string]>([
    ['read', [opened(0), opened(hour), opened(2 * hour)], '刚加上的客户，之前读过 3 次《秋冬大衣怎么选》'],
    ['read several', ['a', 'b', 'c'].map((id, i) => opened(i, id)), '刚加上的客户，之前读过 3 篇文章'],
    ['basket before reading', [opened(0), mall(1, 'add-to-cart', coat)], '刚加上的客户，之前加购过羊绒大衣 驼色 M'],
    ['a question before all', [mall(1, 'add-to-cart', coat), wrote(2, '有 M 码吗')], '刚加上的客户，之前问过「有 M 码吗」'],
    ['views', [mall(0, 'view-item', { id: 'a' }), mall(1, 'view-item', { id: 'b' })], '刚加上的客户，之前看过 2 款商品'],
    ['follow only', [eventAt(0, { kind: 'followed-account', scene: null })], '刚加上的客户，之前关注了公众号'],
  ])('%s', (_, events, title) => {
    const { alert } = brief(events)
    expect(alert).toMatchObject({ title, rule: 'briefing', tag: '新加客户', eventKeys: events.map(({ key }) => key) })
  })

  test('a question says where it was asked only when it was the Official Account', () => {
    const titleFor = (account: string) => brief([wrote(2, '有 M 码吗')], {}, account as AppId).alert?.title
    expect(titleFor('wx1')).toBe('刚加上的客户，之前在公众号问过「有 M 码吗」')
    expect(titleFor('wx-of-the-account')).toBe('刚加上的客户，之前问过「有 M 码吗」')
  })

  test('nothing to tell: no message', () => {
    const added = eventAt(0, { kind: 'became-contact', staffId: 'mei' as StaffId, contactWay: null })
    expect(brief([])).toEqual({ alert: null, because: 'nothing-to-tell' })
    expect(brief([added])).toEqual({ alert: null, because: 'nothing-to-tell' })
  })

  test('what becomes visible later is told once, while it is younger than 7 days', () => {
    const events = [opened(0, 'old'), opened(6 * day, 'new'), opened(6 * day + 1, 'told')]
    const found = brief(events, { occasion: 'found', now: after(7 * day), toldBefore: [{ eventKeys: [events[2]?.key ?? ''] }] })
    expect(found.alert).toMatchObject({ title: '刚认出来的客户，之前读过《文章 new》', eventKeys: [events[1]?.key] })
    expect(brief(events, { occasion: 'found', now: after(7 * day), toldBefore: [{ eventKeys: events.map(({ key }) => key) }] }).alert).toBeNull()
  })
})

test('E2 every shipped rule proposes at least three sentences that never show that we were watching', () => {
  const raise: Record<string, CustomerEvent[]> = {
    'article-read-again': [opened(0), opened(hour), opened(2 * hour)],
    'article-shared-again': [shared(0, 'f1'), shared(1, 'f2')],
    'added-to-basket': [mall(0, 'add-to-cart')],
    'basket-not-ordered': [mall(0, 'add-to-cart', coat)],
    comparing: ['a', 'b', 'c', 'd', 'e'].map((id, i) => mall(i, 'view-item', { id, category: '77' })),
    followed: [eventAt(0, { kind: 'followed-account', scene: null })],
    unfollowed: [eventAt(0, { kind: 'unfollowed-account' })],
    'asks-for-a-price': [wrote(0, '多少钱')],
    'order-paid': [shopOrder(0, 'order-paid', [])],
    'refund-asked': [shopOrder(0, 'refund-asked', [])],
    'asks-about-a-product': [eventAt(0, { kind: 'asked-about-item', item: null, text: null })],
  }
  expect(Object.keys(raise)).toEqual(shippedRules.map(({ id }) => id))
  for (const [ruleId, events] of Object.entries(raise)) {
    const { openers } = alertOf(ruleId, events, { staffName: null })
    expect(openers.length).toBeGreaterThanOrEqual(3)
    expect(new Set(openers).size).toBe(openers.length)
    for (const opener of openers) expect(opener).toMatch(/^林小姐(早上|中午|下午)好，[^{}]*$/u)
  }
})
