import { describe, expect, test } from 'vitest'
import { deliveryKey } from '../../webhooks/delivery-key.ts'
import { fixture, fixtureNames, usual } from './fixture.ts'

const keyOf = (content: string) => deliveryKey(new TextEncoder().encode(content))
const text = (values: Partial<typeof usual> = {}, format = 'xml') =>
  keyOf(fixture(`official-account/text.${format}`, values))

describe('B2 the delivery key', () => {
  test('a message is known by its MsgId and sender, whatever else differs', () => {
    expect(text({ time: '1767225601' })).toBe(text())
    expect(text({}, 'json')).toBe(text())
    expect(keyOf(fixture('official-account/text-quoted-id.json'))).toBe(text())
  })

  test('another MsgId or another sender is another message', () => {
    const keys = [text(), text({ msgId: '24500000000000002' }), text({ openid: 'oOther' })]
    expect(new Set(keys).size).toBe(3)
  })

  test('MsgIds that differ only beyond 2^53 are two', () => {
    const [one, other] = ['9007199254740992', '9007199254740993']
    expect(Number(one)).toBe(Number(other))
    expect(text({ msgId: one }, 'json')).not.toBe(text({ msgId: other }, 'json'))
  })

  test('a MsgId written into the content, or borne by an event, is not believed', () => {
    const looksLikeXml = keyOf(fixture('official-account/text-looks-like-xml.xml'))
    expect(looksLikeXml).not.toBe(keyOf(fixture('official-account/text-looks-like-xml.xml', { msgId: '1' })))
    const event = fixture('official-account/click.xml').replace('</xml>', '<MsgId>1</MsgId></xml>')
    expect(keyOf(event)).not.toBe(keyOf(event.replace('MENU_PROMO', 'MENU_OTHER')))
  })

  test('an event is known by its whole content: every payload of every channel has a key of its own', () => {
    const files = ['official-account', 'wecom', 'wechat-shop', 'mini-program', 'hostile'].flatMap(fixtureNames)
    const sameMessage = /official-account\/(text|image|voice|video|shortvideo|location|link|menu-answer)/
    const events = files.filter((file) => !sameMessage.test(file) && !/(text|image)\.(xml|json)$/.test(file))
    const keys = events.map((file) => keyOf(fixture(file)))
    expect(new Set(keys).size).toBe(events.length)
    expect(events.map((file) => keyOf(fixture(file)))).toEqual(keys)
  })

  test.each([
    ['wecom/add-external-contact.xml', 'wmCUSTOMER0001', 'wmCUSTOMER0002'],
    ['official-account/click.xml', 'MENU_PROMO', 'MENU_OTHER'],
    ['official-account/click.xml', usual.time, '1767225601'],
    ['wechat-shop/order-new.json', usual.orderId, '3700000000000000002'],
  ])('%s: %s and %s in the same second are two', (file, one, other) => {
    expect(keyOf(fixture(file))).not.toBe(keyOf(fixture(file).replace(one, other)))
  })

  test('names nobody', () => {
    expect(text()).not.toContain('oUser')
    expect(text()).toMatch(/^message-[\w-]{43}$/)
    expect(keyOf('not readable')).toMatch(/^content-[\w-]{43}$/)
  })
})
