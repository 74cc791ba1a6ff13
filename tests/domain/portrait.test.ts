import { expect, test } from 'vitest'
import type { CustomerEvent } from '../../server/domain/event.ts'
import type { AppId, Fen, OpenId, StaffId } from '../../server/domain/ids.ts'
import { portraitOf, type PortraitFieldId } from '../../server/domain/portrait.ts'
import { contact, follow, lin, mei, minute } from '../contracts/samples.ts'

const now = new Date(minute(0).getTime() + 30 * 24 * 3600_000)
const day = (days: number) => new Date(now.getTime() - days * 24 * 3600_000)
const who = { kind: 'openid', appId: 'wx1' as AppId, openId: 'o1' as OpenId } as const

const said = (text: string, at = day(1)): CustomerEvent => ({ key: `said ${text}`, at, who, source: 'official-account', kind: 'sent-message', messageType: 'text', text })
const did = (kind: 'view-item' | 'add-to-cart' | 'favourite-item', category: string, at = day(1), id = '1'): CustomerEvent =>
  ({ key: `${kind} ${category} ${at.getTime()} ${id}`, at, who, source: 'beacon', kind, item: { id, category, title: `${category} ${id}` }, text: null })
const paid = (amount: number, at = day(3)): CustomerEvent =>
  ({ key: `paid ${amount}`, at, who, source: 'wechat-shop', kind: 'order-paid', orderNo: `N${amount}`, amount: amount as Fen, items: [] })

function field(id: PortraitFieldId, events: readonly CustomerEvent[], over: Parameters<typeof contact>[2] = {}) {
  const known = contact(lin, [follow('Mei', day(20))], over)
  const fields = portraitOf({ contact: known, follow: known.follows[0] ?? null, events, reader: { staffId: mei as StaffId, officialAccount: null }, now })
  return fields.find((one) => one.id === id)
}

test.each<[PortraitFieldId, string, readonly CustomerEvent[]]>([
  ['gender', 'WeCom does not tell', []],
  ['interests', 'nothing was seen', []],
  ['interests', 'one look', [did('view-item', '大衣')]],
  ['interests', 'two looks', [did('view-item', '大衣'), did('view-item', '大衣', day(2))]],
  ['interests', 'long ago', [did('add-to-cart', '大衣', day(200))]],
  ['spending', 'nothing was paid', [did('add-to-cart', '大衣')]],
  ['size', 'no size was told', [said('这件有 M 码吗')]],
  ['size', 'a size without wearing it', [said('M 码卖完了吗')]],
  ['size', 'a number that is no size', [said('要 3 件')]],
  ['budget', 'no budget was told', [said('3000 可以吗')]],
  ['budget', 'a number that is too long', [said('预算 1234567890')]],
])('F2: %s is unknown: %s', (id, _, events) => {
  expect(field(id, events)).toMatchObject({ value: null, because: null, origin: null, at: null })
})

test.each<[PortraitFieldId, string, readonly CustomerEvent[], string]>([
  ['interests', '大衣', [did('view-item', '大衣', day(1)), did('view-item', '大衣', day(2)), did('view-item', '大衣', day(3))], 'showed'],
  ['interests', '围巾、大衣', [did('add-to-cart', '围巾'), did('view-item', '围巾'), did('favourite-item', '大衣', day(9)), did('view-item', '鞋')], 'showed'],
  ['spending', '¥30.50，2 笔', [paid(1050), paid(2000)], 'ordered'],
  ['size', 'M 码', [said('我平时穿M码')], 'said'],
  ['size', '38 码', [said('鞋要 38 号的'), said('鞋穿 39 码', day(9))], 'said'],
  ['size', 'XXL 码', [said('给我先生拿 xxl 码')], 'said'],
  ['budget', '¥3,000', [said('预算大概 3000，送人')], 'said'],
])('F2: %s is %s', (id, value, events, origin) => {
  expect(field(id, events)).toMatchObject({ value, origin, because: expect.any(String), at: expect.any(Date) })
})

test('F2: why it counts as an interest names what was put in the basket, marked and looked at', () => {
  const events = [did('add-to-cart', '围巾', day(1), '灰'), did('favourite-item', '大衣', day(2), '驼'), did('favourite-item', '大衣', day(3), '黑'), did('favourite-item', '大衣', day(4), '白'), did('view-item', '大衣', day(5))]
  expect(field('interests', events)?.because).toBe('加购「围巾 灰」，收藏「大衣 驼」「大衣 黑」等 3 件，近半年看过 1 次')
})

test('F2 A12: a code of ours says where it stands, with the article’s name; another channel keeps its own word', () => {
  const state = 'a-abcdefghjk'
  const added = (codeOf?: string): CustomerEvent =>
    ({ key: 'added', at: day(20), who: { kind: 'external', externalUserId: lin }, source: 'wecom', kind: 'became-contact', staffId: mei, contactWay: state, ...(codeOf ? { codeOf } : {}) }) as CustomerEvent
  const over = { follows: [{ ...follow('Mei', day(20)), contactWay: state }] }
  expect(field('origin', [added('秋冬大衣怎么选')], over)?.value).toBe('扫了《秋冬大衣怎么选》末尾的二维码')
  expect(field('origin', [added()], over)?.value).toBe('扫了文章末尾的二维码')
})

test('F2: gender as WeCom knows it, the way in with its channel, the first thing ever heard', () => {
  expect(field('gender', [], { gender: 'female' })).toMatchObject({ value: '女', origin: 'wecom', at: minute(0) })
  expect(field('origin', [])).toMatchObject({ value: '扫码添加 · 渠道 door', origin: 'wecom', at: day(20) })
  expect(field('first-seen', [])).toMatchObject({ value: '加了好友', at: day(20) })
  expect(field('first-seen', [did('view-item', '大衣', day(25))])).toMatchObject({ value: '小程序商城上报', origin: 'showed', at: day(25) })
  expect(field('first-seen', [], { follows: [] })).toMatchObject({ value: null })
})
