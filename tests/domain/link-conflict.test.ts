import { describe, expect, test } from 'vitest'
import type { Alert } from '../../server/domain/alert.ts'
import { stateToReturnTo, tellsOfSomebodyElse } from '../../server/domain/alert-return.ts'
import { identityKey, type IdentityKey, type JoinId } from '../../server/domain/ids.ts'
import { areSetApart } from '../../server/domain/link-conflict.ts'
import { isKeptApart } from '../../server/domain/person.ts'
import { alert, external, hour, minute, openid, opened, unionid } from '../contracts/samples.ts'

const phone = 'phone:abc' as IdentityKey
const mini = 'openid:wx-mini:m-lin' as IdentityKey

test.each([
  ['an openid and a phone that nobody had', [openid('lin')], [phone], false],
  ['openids of two apps', [openid('lin')], [mini, phone], false],
  ['two openids of one app', [openid('lin'), phone], [openid('zhou')], true],
  ['two unionids', [openid('lin'), unionid('lin')], [mini, unionid('zhou')], true],
  ['two contacts', [external('lin')], [external('zhou')], true],
  ['one contact twice', [external('lin')], [external('lin'), mini], false],
  ['two phones', [openid('lin'), phone], ['phone:def' as IdentityKey], false],
] as const)('C1: %s: set apart', (_, one, other, expected) => {
  expect(areSetApart(one, other)).toBe(expected)
  expect(areSetApart(other, one)).toBe(expected)
})

const undone = { id: 'j' as JoinId, a: openid('lin'), b: unionid('lin'), evidence: { by: 'user-info' }, at: minute(0), undone: minute(1) } as const

test.each([
  ['the same evidence', { ...undone }, true],
  ['the other way round', { ...undone, a: undone.b, b: undone.a }, true],
  ['other evidence', { ...undone, evidence: { by: 'oauth' } as const }, false],
  ['another pair', { ...undone, b: unionid('zhou') }, false],
])('C1: an undone join keeps apart: %s', (_, link, expected) => {
  expect(isKeptApart([undone], link)).toBe(expected)
  expect(isKeptApart([{ ...undone, undone: null }], link)).toBe(false)
})

describe('C1 E3: which alerts go and which return', () => {
  const [own, foreign] = [opened('e1', minute(0)), opened('e2', minute(1), 'zhou')]
  const belongings = {
    identities: new Set([identityKey(own.who)]),
    events: new Map([own, foreign].map((event) => [event.key, event])),
    payments: [],
  }

  test.each([
    ['all of it is the customer’s', 'same-article|c|e1', ['e1'], false],
    ['all of it is somebody else’s', 'same-article|c|e2', ['e2'], true],
    ['somebody else did the last of it', 'same-article|c|e2', ['e1', 'e2'], true],
    ['the customer did the last of it', 'same-article|c|e1', ['e2', 'e1'], false],
    ['nothing is stored any more', 'same-article|c|e9', ['e9'], false],
  ])('%s', (_, key, eventKeys, expected) => {
    expect(tellsOfSomebodyElse({ key, eventKeys }, belongings)).toBe(expected)
  })

  const closed = (before: Alert['state'], reason: string, over: Partial<Alert> = {}): Alert => {
    const history = [before, 'retracted' as const].map((state, index) => ({ state, at: minute(index), reason }))
    return alert('same-article|c|e1', { eventKeys: ['e1'], state: 'retracted', history, ...over })
  }
  const payment = { ...own, key: 'p', at: minute(5), kind: 'order-paid', orderNo: 'o', amount: null, items: [{ id: 'sku-1' }] } as const

  test.each([
    ['as it was', closed('opened', 'somebody-else'), belongings, 'opened'],
    ['not into a message that has gone', closed('merged', 'somebody-else'), belongings, 'queued'],
    ['not while somebody else did it', closed('sent', 'somebody-else', { key: 'r|c|e2', eventKeys: ['e2'] }), belongings, null],
    ['when somebody else paid', closed('sent', 'paid'), belongings, 'sent'],
    ['not when the customer paid', closed('sent', 'paid'), { ...belongings, payments: [payment] }, null],
    ['not what was closed for another reason', closed('sent', 'handed-over'), belongings, null],
    ['not after three days', closed('sent', 'paid', { raisedAt: hour(-100) }), belongings, null],
  ])('returns %s', (_, one, all, expected) => {
    expect(stateToReturnTo(one, all, minute(10))).toBe(expected)
  })
})
