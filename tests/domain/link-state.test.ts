import { expect, test } from 'vitest'
import { linkStateOf, percentOf, unlinkedReasons, type LinkFacts, type UnionIdsSeen } from '../../server/domain/link-state.ts'
import { cardFor, memberWords, reasonWords, wayWords } from '../../server/domain/link-words.ts'

const bound = { contacts: true, followers: true }
const unbound = { contacts: false, followers: false }
const nobody: LinkFacts = { contact: null, account: null, shops: false, unionId: false }
const present = { present: true, unionId: true }

const table: readonly (readonly [string, Partial<LinkFacts>, UnionIdsSeen])[] = [
  ['linked', { contact: present, account: { follows: true }, unionId: true }, bound],
  ['linked', { contact: present, account: { follows: false }, unionId: true }, bound],
  ['linked', { contact: present, shops: true, unionId: true }, bound],
  ['contact-not-follower', { contact: present, unionId: true }, bound],
  ['contact-not-follower', { contact: { present: true, unionId: false }, unionId: true }, bound],
  ['contact-without-unionid', { contact: { present: true, unionId: false } }, bound],
  ['contact-platform-not-bound', { contact: { present: true, unionId: false } }, unbound],
  ['contact-left', { contact: { present: false, unionId: true }, account: { follows: true }, unionId: true }, bound],
  ['follower-without-salesperson', { account: { follows: true }, unionId: true }, bound],
  ['follower-without-unionid', { account: { follows: true } }, bound],
  ['follower-without-unionid', { account: { follows: true } }, { contacts: null, followers: null }],
  ['follower-platform-not-bound', { account: { follows: true } }, unbound],
  ['reader-without-unionid', { account: { follows: false } }, bound],
  ['reader-without-salesperson', { account: { follows: false }, unionId: true }, bound],
  ['shopper-without-unionid', { shops: true }, bound],
  ['shopper-without-unionid', { shops: true, account: { follows: false } }, bound],
  ['shopper-without-salesperson', { shops: true, unionId: true }, bound],
  ['shopper-without-salesperson', { unionId: true }, bound],
  ['number-only', {}, bound],
]

test.each(table)('C3: %s', (state, facts, seen) => {
  expect(linkStateOf({ ...nobody, ...facts }, seen)).toBe(state)
})

test('C3: every reason is reached, is told in both languages and has a way; the way of binding leads to the guide', () => {
  const reached = new Set(table.map(([state]) => state))
  expect(unlinkedReasons.filter((reason) => !reached.has(reason))).toEqual([])
  expect(unlinkedReasons.filter((reason) => !/\p{Script=Han}/u.test(reasonWords[reason].zh) || !/[a-z]/.test(reasonWords[reason].en))).toEqual([])
  expect(unlinkedReasons.filter((reason) => wayWords[reasonWords[reason].way].guide !== reasonWords[reason].way.startsWith('bind'))).toEqual([])
})

test('C3: a card is offered where a silent opening will do and one is configured, else an article', () => {
  const card = { appId: 'wx1', title: '进店看看', page: 'pages/home/home.html' }
  expect([cardFor('mini-program-card', card), cardFor('mini-program-card', null), cardFor('identify', card)]).toEqual([card, null, null])
  expect(memberWords('mini-program-card', true).zh).toContain('小程序卡片')
  expect(memberWords('mini-program-card', false).zh).not.toContain('小程序卡片')
  expect(memberWords('bind', true).zh).toContain('运营')
})

test('C3: a rate is rounded down, so that 100 % means all', () => {
  expect([percentOf({ people: 0, linked: 0 }), percentOf({ people: 1000, linked: 999 }), percentOf({ people: 3, linked: 3 }), percentOf({ people: 3000, linked: 2999 })]).toEqual([0, 99.9, 100, 99.9])
})
