import { describe, expect, test } from 'vitest'
import { MalformedCallback } from '../../server/domain/errors.ts'
import type { ChannelName } from '../../server/ports/inbox.ts'
import { deliveryReader } from '../../webhooks/read.ts'
import { deliveryOf, fixture, fixtureNames, usual } from './fixture.ts'

const readDelivery = deliveryReader(new Map())

const at = new Date(Number(usual.time) * 1000)
const later = (seconds: number) => new Date(at.getTime() + seconds * 1000)
const read = (channel: ChannelName, content: string) => readDelivery(deliveryOf(channel, content))
const readShop = (name: string) => read('wechat-shop', fixture(`wechat-shop/${name}`))
const readMini = (name: string) => read('mini-program', fixture(`mini-program/${name}`))
const both = (name: string) => [`${name}.json`, `${name}.xml`]

const buyer = { kind: 'openid', appId: 'wxACCOUNT', openId: 'oBuyer' }
const ofBuyer = { key: 'wechat-shop:wxACCOUNT:k1', at, who: buyer, source: 'wechat-shop' }
const customer = (event: object) => ({ about: 'customer', event })

describe('A3 steps of an order: one key a step, whoever tells it', () => {
  const step = (kind: string, when = at) =>
    customer({
      key: `wechat-shop:wxACCOUNT:order:3700000000000000001:${kind}`,
      at: when,
      who: buyer,
      source: 'wechat-shop',
      kind,
      orderNo: '3700000000000000001',
      amount: null,
      items: [],
    })

  test.each<[string, object]>([
    ...both('order-new').map((file): [string, object] => [file, step('order-created')]),
    ['order-new-quoted.json', step('order-created')],
    ...both('order-pay').map((file): [string, object] => [file, step('order-paid', later(60))]),
    ...both('order-cancel').map((file): [string, object] => [file, step('order-cancelled')]),
    ...both('order-deliver').map((file): [string, object] => [file, step('order-delivered')]),
    ...both('order-confirm').map((file): [string, object] => [file, step('order-received')]),
    ...both('order-settle').map((file): [string, object] => [file, step('order-settled', later(600_000))]),
  ])('%s', (file, fact) => {
    expect(readShop(file)).toEqual([fact])
  })

  test('a 19-digit order id survives unquoted, which a plain JSON parser would round', () => {
    const orderId = '3712345678901234567'
    expect(String(Number(orderId))).not.toBe(orderId)
    const [fact] = read('wechat-shop', fixture('wechat-shop/order-new.json', { orderId }))
    expect(fact).toMatchObject({ event: { orderNo: orderId } })
  })

  test.each(['{}', '"3700000000000000001"', '[]', '{"order_id":3.7e+18}'])('order_info %s is set aside', (part) => {
    const message = fixture('wechat-shop/order-new.json').replace(/(?<="order_info":)\{[^}]*\}/, part)
    expect(() => read('wechat-shop', message)).toThrow(MalformedCallback)
  })
})

describe('A3 what names no customer is asked of the shop: the sender is the platform', () => {
  const report = (kind: string, key: string, afterSaleNo: string) => ({
    about: 'shop-order',
    report: { key: `wechat-shop:wxACCOUNT:${key}`, at, kind, appId: 'wxACCOUNT', orderNo: '3700000000000000001', afterSaleNo },
  })
  const no = '2000000000000000001'

  test.each<[string, object]>([
    ...both('aftersale').map((file): [string, object] => [file, report('after-sale', `after-sale:${no}`, no)]),
    ...both('aftersale-unquoted').map((file): [string, object] => [file, report('after-sale', `after-sale:${no}`, no)]),
    ['present-aftersale.json', report('after-sale', 'after-sale:2000000000000000002', '2000000000000000002')],
    ...both('complaint').map((file): [string, object] => [file, report('complaint', 'complaint:9000000000001', no)]),
    ['complaint-older-name.json', report('complaint', 'complaint:9000000000001', no)],
  ])('%s', (file, fact) => {
    expect(readShop(file)).toEqual([fact])
    expect(JSON.stringify(readShop(file))).not.toContain('oPlatform')
  })
})

describe('A3 coupons, talks and sharers', () => {
  const coupon = (when: Date) => ({
    about: 'coupon',
    coupon: { key: 'wechat-shop:wxACCOUNT:k1:unionid', at: when, who: buyer, couponNo: '20001' },
  })
  const ofCoupon = (kind: string, when: Date) => [customer({ ...ofBuyer, at: when, kind, item: null, text: null }), coupon(when)]

  test.each<[string, readonly object[]]>([
    ...both('coupon-receive').map((file): [string, object[]] => [file, ofCoupon('claim-coupon', at)]),
    ...both('coupon-use').map((file): [string, object[]] => [file, ofCoupon('used-coupon', later(60))]),
    ['coupon-use-other-name.json', ofCoupon('used-coupon', later(60))],
    ...both('coupon-expire-user').map((file): [string, object[]] => [file, ofCoupon('coupon-expired', later(60))]),
    ['coupon-unuse.json', ofCoupon('coupon-returned', later(60))],
  ])('%s', (file, facts) => {
    expect(readShop(file)).toEqual(facts)
  })

  test.each<[string, object]>([
    ...both('kf-product').map((file): [string, object] => [file, { kind: 'asked-about-item', item: { id: '10000000000001' }, text: null }]),
    ...both('kf-order').map((file): [string, object] => [
      file,
      { kind: 'asked-about-order', orderNo: '3700000000000000001', amount: null, items: [] },
    ]),
    ...both('kf-text').map((file): [string, object] => [file, { kind: 'sent-message', messageType: 'text', text: '这件多少钱' }]),
    ['kf-image.json', { kind: 'sent-message', messageType: 'image', text: null }],
    ...both('sharer-bind').map((file): [string, object] => [file, { kind: 'became-sharer', item: null, text: null }]),
    ['sharer-unbind.json', { kind: 'left-sharers', item: null, text: null }],
  ])('%s', (file, body) => {
    expect(readShop(file)).toEqual([customer({ ...ofBuyer, ...body })])
  })
})

describe('A3 the mini-program hears of orders before there are any', () => {
  const user = { kind: 'openid', appId: 'wxACCOUNT', openId: 'oUser' }
  const own = { key: 'mini-program:wxACCOUNT:k1', at, who: user, source: 'mini-program' }
  const page = (item: { id: string }) => customer({ ...own, key: `${own.key}:${item.id}`, kind: 'checkout', item, text: null })

  test.each(both('gen-order-info'))('%s: one checkout for each product of the order page', (file) => {
    expect(readMini(file)).toEqual([
      page({ id: '10000000000001', aliases: ['20000000000001'], price: 299_900, count: 1 } as { id: string }),
      page({ id: '10000000000002', aliases: ['20000000000002'], price: 39_900, count: 2 } as { id: string }),
    ])
  })

  test.each<[string, object]>([
    ...both('vip-auto-add').map((file): [string, object] => [file, { kind: 'became-member', item: null, text: 'Lv.1' }]),
    ...both('cooperation-order').map((file): [string, object] => [file, { kind: 'order', item: null, text: null }]),
    ['related-order.json', { kind: 'order', item: null, text: null }],
  ])('%s', (file, body) => {
    expect(readMini(file)).toEqual([customer({ ...own, ...body })])
  })
})

describe('A3 all else is kept under its name, and nobody is named by it', () => {
  test.each([
    ['order-wait-shipping.json', 'channels_ec_order_wait_shipping'],
    ['order-ext-info.json', 'channels_ec_order_ext_info_update'],
    ['use-vip-discount.json', 'channels_ec_order_use_vip_discount'],
    ['guarantee.json', 'channels_ec_guarantee_update'],
    ['kf-other-event.json', 'commkf_send_msg_to_kf.EVENT_TYPE_INVENTED_LATER'],
    ['vip-join.json', 'channels_ec_vip_join'],
    ['vip-close.json', 'channels_ec_vip_close'],
    ['vip-grade.json', 'channels_ec_vip_grade_info_update'],
    ['vip-score.json', 'channels_ec_vip_score_update'],
    ['vip-score-exchange.json', 'channels_ec_vip_score_exchange'],
    ['coupon-admin-create.json', 'channels_ec_coupon_create'],
    ['product-spu-audit.xml', 'product_spu_audit'],
    ['ewaybill.json', 'ewaybill_push_path'],
  ])('shop: %s', (file, reason) => {
    expect(readShop(file)).toEqual([{ about: 'nothing', reason }])
  })

  test.each([
    ['user-enter-tempsession.json', 'user_enter_tempsession'],
    ['shipping-reminder.json', 'trade_manage_remind_access_api'],
    ['text.json', 'message.text'],
    ['image.xml', 'message.image'],
    ['vip-user-info-get.json', 'channels_ec_vip_user_info_get'],
    ['use-vip-discount.xml', 'channels_ec_order_use_vip_discount'],
    ['unuse-vip-discount.json', 'channels_ec_order_unuse_vip_discount'],
    ['trade-order-pay.xml', 'trade component.open_product_order_pay'],
    ['trade-order-cancel.xml', 'trade component.open_product_order_cancel'],
    ['trade-order-update.xml', 'trade component.open_product_order_update'],
    ['trade-aftersale-new.xml', 'trade component.aftersale_new_order'],
    ['trade-sharer.xml', 'trade component.miniprogram_sharer_action'],
    ['trade-funds-pay.xml', 'trade component.funds_order_pay'],
    ['minishop-order.json', 'minishop.product_order_status_update'],
    ['minishop-complaint.json', 'minishop.complaint callback'],
  ])('mini-program: %s', (file, reason) => {
    expect(readMini(file)).toEqual([{ about: 'nothing', reason }])
  })

  const customers = /^(order|aftersale|present|complaint|coupon|kf|sharer)/
  const affairs = fixtureNames('wechat-shop').map((name) => name.slice('wechat-shop/'.length)).filter((name) => !customers.test(name))

  test.each([...affairs, ...fixtureNames('wechat-shop').flatMap((name) => /coupon-admin.*$/.exec(name) ?? [])])('shop: %s names nobody', (file) => {
    expect(readShop(file).map(({ about }) => about)).toEqual(['nothing'])
  })

  test('a name that only begins like one of ours is not ours', () => {
    const message = fixture('wechat-shop/order-new.json').replace('channels_ec_order_new', 'channels_ec_order_newer')
    expect(read('wechat-shop', message)).toEqual([{ about: 'nothing', reason: 'channels_ec_order_newer' }])
  })
})
