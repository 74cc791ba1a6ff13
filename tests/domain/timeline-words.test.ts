import { describe, expect, test } from 'vitest'
import type { CustomerEvent, EvidenceSource } from '../../server/domain/event.ts'
import type { AppId, Fen, OpenId, StaffId } from '../../server/domain/ids.ts'
import { shippedRules } from '../../config/rules.ts'
import { spacingsOf } from '../../server/domain/apart.ts'
import { wallClock } from '../../server/domain/local-time.ts'
import { timelineWords } from '../../server/domain/timeline-words.ts'
import { articleText, durationText, moneyText, shortened, windowText } from '../../server/domain/words.ts'
import { day, eventAt, hour, mall, minute, opened, shared, shopOrder, wrote } from './events.ts'

const wall = wallClock('Asia/Shanghai')

const mei = 'mei' as StaffId
const reader = { staffId: mei, officialAccount: 'wx-oa' as AppId }
const coat = { id: 'i1', title: '羊绒大衣 驼色 M', price: 268_000 as Fen }

const from = (source: EvidenceSource, event: CustomerEvent): CustomerEvent => ({ ...event, source })
const link = (at: number, linkOf: StaffId | null = mei) => from('tracked-link', { ...opened(at), linkOf } as CustomerEvent)
const readFor = (at: number, seconds: number, percent: number) =>
  from('tracked-link', eventAt(at, { kind: 'read-content', contentId: 'coat', title: '秋冬大衣怎么选', seconds, percent }))

const told = (events: readonly CustomerEvent[]) =>
  timelineWords(events, reader, wall).map(({ mark, tone, text, times, note }) => `${mark} ${tone} ${times} ${text} | ${note}`)

describe('D1 one entry in words', () => {
  test.each<[string, CustomerEvent]>([
    ['袋 hot 1 加入购物袋「羊绒大衣 驼色 M」 | ¥2,680 · 小程序商城上报', mall(0, 'add-to-cart', coat)],
    ['袋 hot 1 加购了一件商品 | 小程序商城上报', mall(0, 'add-to-cart')],
    ['搜 brand 1 在商城搜「羊绒」 | 小程序商城上报', eventAt(0, { kind: 'search', item: null, text: '羊绒' })],
    ['券 gold 1 领了优惠券 | 小程序商城上报', eventAt(0, { kind: 'claim-coupon', item: null, text: null })],
    ['付 ok 1 付款买了「针织连衣裙」等 2 件 | ¥1,299 · 微信小店', from('wechat-shop', shopOrder(0, 'order-paid', [{ id: 'a', title: '针织连衣裙' }, { id: 'b' }], 129_900))],
    ['单 gold 1 在小店下单 | 微信小店', from('wechat-shop', shopOrder(0, 'order-created', []))],
    ['问 hot 1 在公众号问「有 M 码吗」 | 公众号', from('official-account', wrote(0, '有 M 码吗'))],
    ['问 hot 1 在公众号发来图片 | 公众号', from('official-account', wrote(0, null))],
    ['关 ok 1 关注了公众号 | 公众号', from('official-account', eventAt(0, { kind: 'followed-account', scene: null }))],
    ['点 plain 1 点击了「预约到店」 | 公众号', from('official-account', eventAt(0, { kind: 'tapped-menu', menuKey: '预约到店' }))],
    ['点 plain 1 点了公众号菜单 | 公众号', from('official-account', eventAt(0, { kind: 'tapped-menu', menuKey: 'V1001' }))],
    ['加 ok 1 添加了你的企业微信 | 企业微信', from('wecom', eventAt(0, { kind: 'became-contact', staffId: mei, contactWay: null }))],
    ['删 plain 1 删除了同事的企业微信 | 企业微信', from('wecom', eventAt(0, { kind: 'removed-by-customer', staffId: 'jing' as StaffId }))],
    ['加 ok 1 添加了你的企业微信 | 扫了文章末尾的二维码 · 企业微信', from('wecom', eventAt(0, { kind: 'became-contact', staffId: mei, contactWay: 'a-abcdefghjk' }))],
    ['加 ok 1 添加了你的企业微信 | 扫了海报上的二维码 · 企业微信', from('wecom', eventAt(0, { kind: 'became-contact', staffId: mei, contactWay: 'p-abcdefghjk' }))],
    ['加 ok 1 添加了你的企业微信 | 企业微信', from('wecom', eventAt(0, { kind: 'became-contact', staffId: mei, contactWay: 'store_012' }))],
    ['读 brand 1 读《秋冬大衣怎么选》 | 你的追踪链接 · 微信授权认出', link(0)],
    ['读 brand 1 读《秋冬大衣怎么选》 | 同事的追踪链接 · 微信授权认出', link(0, 'jing' as StaffId)],
    ['读 brand 1 读《秋冬大衣怎么选》 | 追踪链接 · Cookie 认出', { ...link(0, null), via: 'cookie' } as CustomerEvent],
  ])('%s', (words, event) => {
    expect(told([event])).toEqual([words])
  })

  test('the beacon of the Official Account speaks for the H5 mall', () => {
    const who = { kind: 'openid', appId: 'wx-oa', openId: 'o' } as CustomerEvent['who']
    expect(told([{ ...mall(0, 'view-item', coat), who }])).toEqual(['看 plain 1 看了「羊绒大衣 驼色 M」 | ¥2,680 · H5 商城上报'])
  })

  test('what is not the customer’s doing is no entry', () => {
    expect(told([eventAt(0, { kind: 'edited-contact', staffId: mei, contactWay: null })])).toEqual([])
  })
})

describe('D1 repeats are folded', () => {
  test('three reads of one day are one entry, the seconds added up, at the newest time', () => {
    const events = [link(0), readFor(minute, 80, 40), link(hour), readFor(hour + minute, 90, 92), link(2 * hour), readFor(2 * hour + minute, 90, 60)]
    expect(told(events)).toEqual(['读 brand 3 读《秋冬大衣怎么选》 3 次，共 4 分 20 秒 | 你的追踪链接 · 微信授权认出 · 读到 92%'])
    const [entry] = timelineWords(events, reader, wall)
    expect(entry).toMatchObject({ key: events[5]?.key, at: events[5]?.at })
  })

  test('a single read tells how long', () => {
    expect(told([link(0), readFor(minute, 45.4, 30)])).toEqual(['读 brand 1 读《秋冬大衣怎么选》，45 秒 | 你的追踪链接 · 微信授权认出 · 读到 30%'])
  })

  test('E1 what the rules take for one is one here too, and the rest is named', () => {
    const spaced = { ...reader, spacings: spacingsOf(shippedRules) }
    const words = (events: CustomerEvent[]) => timelineWords(events, spaced, wall).map(({ times, text, note }) => [times, text, note])
    const events = [link(0), link(20_000), link(minute + 30_000), link(3 * minute)]
    expect(words(events)).toEqual([[3, '读《秋冬大衣怎么选》 3 次', '你的追踪链接 · 微信授权认出 · 另有 1 次隔不到 1 分钟，不计']])
    expect(words(events.slice(0, 2))).toEqual([[1, '读《秋冬大衣怎么选》', '你的追踪链接 · 微信授权认出 · 另有 1 次隔不到 1 分钟，不计']])
    // 23:59:40 and 00:00:10 in Shanghai: once for the rules, though each day has its line.
    const midnight = 14 * hour
    const across = '你的追踪链接 · 微信授权认出'
    expect(words([link(midnight - 20_000), link(midnight + 10_000)])).toEqual([
      [1, '读《秋冬大衣怎么选》', across],
      [0, '读《秋冬大衣怎么选》', `${across} · 与次日的那次隔不到 1 分钟，算作一次`],
    ])
    expect(words([link(midnight - hour), link(midnight - 20_000), link(midnight + 10_000)])[1]).toEqual([
      1, '读《秋冬大衣怎么选》', `${across} · 另有 1 次隔不到 1 分钟，不计`,
    ])
    // To the customer everything that is kept is told.
    expect(timelineWords(events, { ...reader, staffId: null }, wall)[0]?.text).toBe('读《秋冬大衣怎么选》 4 次')
  })

  test('A5 the heading that was reached is told, and each way in which the reader was known', () => {
    const read = (ms: number, percent: number, section: string) => ({ ...readFor(ms, 90, percent), section }) as CustomerEvent
    const events = [link(0), read(1, 40, '面料'), { ...link(hour), via: 'cookie' } as CustomerEvent, read(hour + 1, 80, '尺码'), read(hour + 2, 60, '版型')]
    expect(told(events)).toEqual(['读 brand 2 读《秋冬大衣怎么选》 2 次，共 4 分 30 秒，看到「尺码」 | 你的追踪链接 · 微信授权认出、Cookie 认出 · 读到 80%'])
  })

  test('the next local day is another entry, newest first; messages are never folded', () => {
    expect(told([link(0), link(day), wrote(1, 'a'), wrote(2, 'a')]).map((text) => text.slice(0, 1))).toEqual(['读', '问', '问', '读'])
    // 23:59:59 and 00:00 in Shanghai.
    expect(told([mall(14 * hour - 1000, 'view-item'), mall(14 * hour, 'view-item')])).toHaveLength(2)
    expect(told([mall(13 * hour, 'view-item'), mall(14 * hour - 1000, 'view-item')])).toEqual(['看 plain 2 看了一件商品 2 次 | 小程序商城上报'])
  })

  test('A6 shares show how many friends opened, never who', () => {
    const events = [from('share-chain', shared(0, 'openid:wx1:friend-a')), from('share-chain', shared(1, 'openid:wx1:friend-b'))]
    expect(told(events)).toEqual(['享 brand 2 分享《秋冬大衣怎么选》，2 位朋友打开 | 分享链 · 只说哪天，不说几点'])
    expect(JSON.stringify(timelineWords(events, reader, wall))).not.toContain('friend')
    expect(timelineWords(events, reader, wall)[0]?.wholeDay).toBe(true)
  })

  test('A6 an arrival through a friend’s share says so to the customer, and to no member', () => {
    const events = [{ ...link(0), viaShare: true } as CustomerEvent]
    expect(told(events)).toEqual(['读 brand 1 读《秋冬大衣怎么选》 | 你的追踪链接 · 微信授权认出'])
    expect(timelineWords(events, { ...reader, staffId: null }, wall)[0]?.note).toContain('从朋友的分享打开')
  })

  test('C5 the customer reads how we know in everybody’s words', () => {
    const notes = (events: readonly CustomerEvent[]) => timelineWords(events, { ...reader, staffId: null, others: '导购' }, wall).map(({ note }) => note)
    expect(notes([link(0), { ...link(minute), via: 'cookie' } as CustomerEvent])).toEqual(['导购发的文章链接 · 通过微信登录认出您、通过您的浏览器认出您'])
    expect(notes([link(0, null)])).toEqual(['文章链接 · 通过微信登录认出您'])
    expect(notes([mall(0, 'add-to-cart', coat)])).toEqual(['¥2,680 · 小程序商城'])
    expect(notes([{ ...mall(0, 'view-item'), who: { kind: 'openid', appId: reader.officialAccount, openId: 'o' as OpenId } }])).toEqual(['网页商城'])
  })
})

test.each([
  [moneyText(268_000), '¥2,680'],
  [moneyText(123_456_789), '¥1,234,567.89'],
  [moneyText(5), '¥0.05'],
  [moneyText(-1250), '-¥12.50'],
  [durationText(59), '59 秒'],
  [durationText(60), '1 分'],
  [durationText(260), '4 分 20 秒'],
  [durationText(3900), '1 小时 5 分'],
  [windowText(day), '24 小时'],
  [windowText(7 * day), '7 天'],
  [windowText(30 * minute), '30 分钟'],
  [shortened('👩‍🦰🌸小雨', 20), '👩‍🦰🌸小雨'],
  [shortened('一二三四五', 4), '一二三…'],
  [shortened('👩‍🦰👩‍🦰👩‍🦰👩‍🦰', 3), '👩‍🦰👩‍🦰…'],
  [articleText('《一衣三穿》'), '《一衣三穿》'],
])('D1 words: %s', (text, expected) => {
  expect(text).toBe(expected)
})
