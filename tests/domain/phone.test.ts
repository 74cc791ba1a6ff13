import { expect, test } from 'vitest'
import { identityKey, parseIdentityKey } from '../../server/domain/ids.ts'
import { normaliseMemberNumber, normalisePhone, type Phone } from '../../server/domain/phone.ts'
import { identityHasher } from '../../server/edge/identity-hash.ts'

const spellings = ['13800138000', ' 138 0013 8000', '138-0013-8000', '+8613800138000', '8613800138000', '0086 138 0013 8000', '(+86)13800138000', '１３８００１３８０００']
test.each(spellings)('C1: %j is the same mobile number', (text) => {
  expect(normalisePhone(text)).toBe('+8613800138000')
})

const numbers: readonly (readonly [string, string | null])[] = [
  ['+85291234567', '+85291234567'],
  ['00852 9123 4567', '+85291234567'],
  ['+1 (415) 555-0100', '+14155550100'],
  ['138****8000', null],
  ['1380013800', null],
  ['138001380000', null],
  ['12800138000', null],
  ['021-61234567', null],
  ['+862161234567', null],
  ['', null],
  ['0', null],
  ['13800138000,13800138001', null],
]
test.each(numbers)('C1: %j is %j', (text, expected) => {
  expect(normalisePhone(text)).toBe(expected)
})

const memberNumbers: readonly (readonly [string, string | null])[] = [
  ['vip-0042', 'VIP-0042'],
  [' 00 42 11 ', '004211'],
  ['ＶＩＰ１２３', 'VIP123'],
  ['12', null],
  ['88****42', null],
  ['-123', null],
  ['', null],
  ['x'.repeat(65), null],
]
test.each(memberNumbers)('C1: member number %j is %j', (text, expected) => {
  expect(normaliseMemberNumber(text)).toBe(expected)
})

test('C1: the hash follows from secret, kind and number, tells none of them, and survives its text form', () => {
  const phone = '+8613800138000' as Phone
  const one = identityHasher('a-secret-of-sixteen-or-more')
  const other = identityHasher('another-secret-of-sixteen')
  const identity = one.phone(phone)
  expect(identityHasher('a-secret-of-sixteen-or-more').phone(phone)).toEqual(identity)
  expect(other.phone(phone)).not.toEqual(identity)
  expect(one.member(phone as never).hash).not.toBe(identity.hash)
  expect(identityKey(identity)).toMatch(/^phone:[\w-]{22}$/)
  expect(identityKey(identity)).not.toContain('138')
  expect(parseIdentityKey(identityKey(identity))).toEqual(identity)
  expect(() => parseIdentityKey('phone:' as never)).toThrow(RangeError)
})
