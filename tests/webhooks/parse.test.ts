import { describe, expect, test } from 'vitest'
import { MalformedCallback } from '../../server/domain/errors.ts'
import type { ChannelName } from '../../server/ports/inbox.ts'
import { deliveryReader } from '../../webhooks/read.ts'
import { deliveryOf, fixture, fixtureNames, usual } from './fixture.ts'

const readDelivery = deliveryReader(new Map())

const at = new Date(Number(usual.time) * 1000)
const read = (channel: ChannelName, content: string | Uint8Array) => readDelivery(deliveryOf(channel, content))
const channelOf = (file: string) => file.slice(0, file.indexOf('/')) as ChannelName

const sent = (messageType: string, text: string | null = null) => ({ kind: 'sent-message', messageType, text })
describe('A1 what a user of the Official Account did', () => {
  test.each<[string, object]>([
    ['text.xml', sent('text', '价格')],
    ['text.json', sent('text', '价格')],
    ['text-quoted-id.json', sent('text', '价格')],
    ['text-plain-characters.xml', sent('text', 'A & B A中 <b>')],
    ['text-looks-like-xml.xml', sent('text', '<MsgId>1</MsgId><!DOCTYPE a>&nope;')],
    ['menu-answer.xml', sent('text', '满意')],
    ['image.xml', sent('image')],
    ['image.json', sent('image')],
    ['voice.xml', sent('voice')],
    ['video.xml', sent('video')],
    ['shortvideo.xml', sent('shortvideo')],
    ['location.xml', sent('location')],
    ['link.xml', sent('link')],
    ['subscribe.xml', { kind: 'followed-account', scene: null }],
    ['subscribe.json', { kind: 'followed-account', scene: null }],
    ['subscribe-without-key.xml', { kind: 'followed-account', scene: null }],
    ['subscribe-scene.xml', { kind: 'followed-account', scene: 'store_12' }],
    ['subscribe-paid.xml', { kind: 'followed-account', scene: null }],
    ['unsubscribe.xml', { kind: 'unfollowed-account' }],
    ['scan.xml', { kind: 'scanned-code', scene: 'store_12' }],
    ['click.xml', { kind: 'tapped-menu', menuKey: 'MENU_PROMO' }],
    ['click.json', { kind: 'tapped-menu', menuKey: 'MENU_PROMO' }],
    ['view.xml', { kind: 'opened-menu-link', url: 'https://h5.example.com/a?x=1&y=2' }],
    ['view.json', { kind: 'opened-menu-link', url: 'https://h5.example.com/a?x=1&y=2' }],
  ])('%s', (name, body) => {
    const who = { kind: 'openid', appId: 'wxACCOUNT', openId: 'oUser' }
    const head = { key: 'official-account:wxACCOUNT:k1', at, who, source: 'official-account' }
    expect(read('official-account', fixture(`official-account/${name}`))).toEqual([
      { about: 'customer', event: { ...head, ...body } },
    ])
  })

  test.each([
    ['location-event.xml', 'LOCATION'],
    ['view-miniprogram.xml', 'view_miniprogram'],
    ['scancode-waitmsg.xml', 'scancode_waitmsg'],
    ['pic-photo-or-album.xml', 'pic_photo_or_album'],
    ['template-sent.xml', 'TEMPLATESENDJOBFINISH'],
    ['user-info-modified.xml', 'user_info_modified'],
    ['notice-accepted.xml', 'subscribe_msg_popup_event'],
    ['notice-accepted.json', 'subscribe_msg_popup_event'],
    ['invented-later.xml', 'brand_new_event_of_2031'],
  ])('%s is nothing that we use', (name, reason) => {
    expect(read('official-account', fixture(`official-account/${name}`))).toEqual([{ about: 'nothing', reason }])
  })

  test.each([['SUBSCRIBE'], ['Subscribe'], ['subscribe']])('the event name %s is the same event', (name) => {
    const message = fixture('official-account/subscribe.xml').replace('[subscribe]', `[${name}]`)
    expect(read('official-account', message)).toMatchObject([{ event: { kind: 'followed-account' } }])
  })

  test('a message type that we do not know is named', () => {
    const message = fixture('official-account/image.xml').replace('[image]', '[hologram]')
    expect(read('official-account', message)).toEqual([{ about: 'nothing', reason: 'message.hologram' }])
  })

  test('the same bytes give the same facts', () => {
    const delivery = deliveryOf('official-account', fixture('official-account/click.xml'))
    expect(readDelivery(delivery)).toEqual(readDelivery(delivery))
  })
})

describe('A2 what WeCom tells', () => {
  const key = 'wecom:wxACCOUNT:k1'
  const contactWay = 'store_012'
  const zhangsan = 'zhangsan'
  const contact = (body: object) => ({
    about: 'customer',
    event: { key, at, who: { kind: 'external', externalUserId: 'wmCUSTOMER0001' }, source: 'wecom', ...body },
  })
  const staff = (fact: object) => ({ about: 'staff', fact: { key, at, staffId: zhangsan, ...fact } })
  const tap = { kind: 'tapped-card', taskId: 'alert-0001', button: 'done', responseCode: 'RESPCODE' }

  test.each<[string, object[]]>([
    ['add-external-contact', [contact({ kind: 'became-contact', staffId: zhangsan, userid: 'ZhangSan', contactWay })]],
    ['add-external-contact-without-state', [contact({ kind: 'became-contact', staffId: zhangsan, userid: 'ZhangSan', contactWay: null })]],
    ['add-half-external-contact', [contact({ kind: 'half-added-contact', staffId: zhangsan, contactWay })]],
    ['edit-external-contact', [contact({ kind: 'edited-contact', staffId: zhangsan, contactWay: null })]],
    ['del-external-contact', [contact({ kind: 'removed-by-staff', staffId: zhangsan, byTransfer: false })]],
    ['del-external-contact-by-transfer', [contact({ kind: 'removed-by-staff', staffId: zhangsan, byTransfer: true })]],
    ['del-follow-user', [contact({ kind: 'removed-by-customer', staffId: zhangsan })]],
    ['transfer-fail', [contact({ kind: 'contact-transfer-failed', staffId: 'lisi', failReason: 'customer_refused' })]],
    ['card-tap', [staff(tap)]],
    ['card-menu-tap', [staff(tap)]],
    ['card-tap-one-selector', [staff(tap)]],
    ['card-tap-selectors', [staff(tap)]],
    ['member-create', [staff({ kind: 'member-changed' })]],
    [
      'member-rename',
      [staff({ kind: 'member-left' }), staff({ kind: 'member-changed', key: `${key}:new`, staffId: 'zhangsan001' })],
    ],
    ['member-delete', [staff({ kind: 'member-left' })]],
    ['app-subscribe', [staff({ kind: 'entered-app' })]],
    ['app-unsubscribe', [staff({ kind: 'left-app' })]],
    ['tag-create', [{ about: 'company', fact: { kind: 'tags-changed', key, at, detail: 'create tag etTAG0001' } }]],
    ['tag-shuffle', [{ about: 'company', fact: { kind: 'tags-changed', key, at, detail: 'shuffle' } }]],
    ['app-health', [{ about: 'company', fact: { kind: 'app-health', key, at, detail: 'inactive_alert 1767312000' } }]],
    ['chat-update', [{ about: 'nothing', reason: 'change_external_chat.update' }]],
    ['contact-change-of-2031', [{ about: 'nothing', reason: 'change_external_contact.msg_audit_approved' }]],
    ['party-create', [{ about: 'nothing', reason: 'change_contact.create_party' }]],
    ['acquisition', [{ about: 'nothing', reason: 'customer_acquisition.friend_request' }]],
    ['app-enter', [{ about: 'nothing', reason: 'enter_agent' }]],
    ['app-click', [{ about: 'nothing', reason: 'click' }]],
    ['app-view', [{ about: 'nothing', reason: 'view' }]],
    ['text', [{ about: 'nothing', reason: 'message.text' }]],
    ['image', [{ about: 'nothing', reason: 'message.image' }]],
  ])('%s', (name, facts) => {
    expect(read('wecom', fixture(`wecom/${name}.xml`))).toEqual(facts)
  })
})

describe('B4 what is trusted but cannot be read is set aside', () => {
  const readable = ['official-account', 'wecom', 'wechat-shop', 'mini-program'].flatMap(fixtureNames)

  test.each([
    ['official-account/click.xml', 'EventKey'],
    ['official-account/scan.xml', 'EventKey'],
    ['official-account/view.xml', 'EventKey'],
    ['official-account/text.xml', 'Content'],
    ['official-account/text.xml', 'FromUserName'],
    ['official-account/text.xml', 'CreateTime'],
    ['official-account/text.xml', 'MsgType'],
    ['official-account/click.xml', 'Event'],
    ['wecom/add-external-contact.xml', 'UserID'],
    ['wecom/add-external-contact.xml', 'ExternalUserID'],
    ['wecom/add-external-contact.xml', 'ChangeType'],
    ['wecom/transfer-fail.xml', 'FailReason'],
    ['wecom/card-tap.xml', 'TaskId'],
    ['wecom/card-tap.xml', 'EventKey'],
    ['wecom/card-tap.xml', 'FromUserName'],
    ['wecom/member-delete.xml', 'UserID'],
    ['wecom/tag-create.xml', 'ChangeType'],
    ['wechat-shop/order-pay.xml', 'order_id'],
    ['wechat-shop/order-pay.xml', 'FromUserName'],
  ])('%s without %s, named in the reason', (file, field) => {
    const message = fixture(file).replace(new RegExp(`<${field}>.*?</${field}>`), '')
    expect(() => read(channelOf(file), message)).toThrow(new MalformedCallback(`${field} is missing`))
  })

  test.each(['yesterday', '-5', '1e9', '0', '99999999999999', '1.5'])('CreateTime %s', (time) => {
    expect(() => read('official-account', fixture('official-account/click.xml', { time }))).toThrow('CreateTime')
  })

  test('bytes that are not UTF-8', () => {
    const bytes = Buffer.from(fixture('official-account/text.xml')).fill(0xff, 100, 102)
    expect(() => read('official-account', bytes)).toThrow('not UTF-8')
  })

  test.each(readable)('%s cut short anywhere is set aside, never misread and never a crash', (file) => {
    const message = fixture(file).trimEnd()
    for (let length = 0; length < message.length; length += 7) {
      expect(() => read(channelOf(file), message.slice(0, length))).toThrow(MalformedCallback)
    }
  })

  test.each(fixtureNames('hostile'))('%s, with no reason that repeats the content', (file) => {
    for (const channel of ['official-account', 'wecom', 'wechat-shop', 'mini-program'] as const) {
      const reason = reasonOf(() => read(channel, fixture(file)))
      expect(reason).not.toMatch(/oUser|expanded|127\.0\.0\.1/)
    }
  })
})

function reasonOf(reading: () => unknown): string {
  try {
    reading()
  } catch (error) {
    if (error instanceof MalformedCallback) return error.reason
    throw error
  }
  throw new Error('it was read')
}
