import { expect, test } from 'vitest'
import { identityHasher } from '../../server/edge/identity-hash.ts'
import { deliveryReader } from '../../webhooks/read.ts'
import { memberCodeSealer } from '../../webhooks/official-account/member-cards.ts'
import { deliveryOf, fixture } from './fixture.ts'

const hasher = identityHasher('a-session-secret-of-the-tests')
const seal = memberCodeSealer(['pVipCard0000000000000000001'], hasher)
const sealed = (text: string) => Buffer.from(seal(Buffer.from(text))).toString()
const read = (text: string) => deliveryReader(new Map())(deliveryOf('official-account', text))

test.each(['user-get-card', 'user-view-card', 'member-card-activated'])('C1 %s proves a member number, which is stored as a hash', (name) => {
  const text = sealed(fixture(`official-account/${name}.xml`))
  expect(text).not.toContain('226009850808')
  const [fact] = read(text)
  expect(fact).toMatchObject({
    about: 'link',
    link: { a: { kind: 'openid', appId: 'wxACCOUNT', openId: 'oUser' }, b: { kind: 'member' }, evidence: { by: 'member-card' } },
  })
  expect(sealed(text)).toBe(sealed(fixture(`official-account/${name}.xml`)).replace(/member#[\w-]+/, 'member#unreadable'))
})

test('C1: what a clerk does with a card proves nothing, and its number is stored as a hash all the same', () => {
  const text = sealed(fixture('official-account/user-consume-card.xml'))
  expect(text).not.toContain('226009850808')
  expect(read(text)).toEqual([{ about: 'nothing', reason: 'user_consume_card' }])
})

test('C1: a card that the brand has not named is no member card; nothing is changed', () => {
  const other = fixture('official-account/user-get-card.xml').replace('pVipCard', 'pCoupon0')
  expect(sealed(other)).toBe(other)
  expect(read(other)).toEqual([{ about: 'nothing', reason: 'user_get_card' }])
  const plain = fixture('official-account/text.xml')
  expect(sealed(plain)).toBe(plain)
  expect(Buffer.from(memberCodeSealer([], hasher)(Buffer.from(other))).toString()).toBe(other)
})
