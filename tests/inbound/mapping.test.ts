import { expect, test } from 'vitest'
import { parseMapping } from '../../config/inbound-file.ts'
import { parsePath } from '../../config/inbound-path.ts'
import { identityHasher } from '../../server/edge/identity-hash.ts'
import { readJson } from '../../webhooks/json.ts'
import { createMapper } from '../../webhooks/inbound/map.ts'
import { readCount, readMoney, timeReader, type Read } from '../../webhooks/inbound/readers.ts'
import { contentJson, redactor } from '../../webhooks/inbound/redact.ts'
import { lookUp, placeText } from '../../webhooks/inbound/values.ts'

const hasher = identityHasher('a-secret-of-the-mapping-tests')

const paths: readonly (readonly [string, unknown])[] = [
  ['a.b', 'deep'],
  ['/a/b', 'deep'],
  ['a.list[1].x', 'second'],
  ['a.list.1.x', 'second'],
  ['/a/list/1/x', 'second'],
  ['$.top', 'root'],
  ['$/top', 'root'],
  ['/odd~1name/~0', 'tilde'],
  ['a.none', undefined],
  ['a.list[9].x', undefined],
  ['a.list.x', undefined],
  ['__proto__.x', undefined],
]
test.each(paths)('A8: the path %s leads to %j', (text, expected) => {
  const body = readJson('{"top":"root","a":{"b":"deep","list":[{"x":"first"},{"x":"second"}]},"odd/name":{"~":"tilde"}}')
  const path = parsePath(text)
  expect(path).not.toBeNull()
  const found = path && lookUp({ root: body, element: body, at: [] }, path)
  expect(found?.content).toBe(expected)
})

test.each(['', 'a..b', '.a', 'a b', 'a[x]', 'a[1', '$a.$b', '/a~2'])('A8: %j is no path', (text) => {
  expect(parsePath(text)).toBeNull()
})

test('A8: a place is written as its sender would look for it', () => {
  expect(placeText(['orders', 3, 'items', 0, 'sku'])).toBe('orders[3].items[0].sku')
  expect(placeText([])).toBe('the body')
})

const money: readonly (readonly [string, 'yuan' | 'fen', boolean, number | null])[] = [
  ['2999.00', 'yuan', false, 299_900],
  ['2999', 'yuan', false, 299_900],
  ['0.1', 'yuan', false, 10],
  ['19.99', 'yuan', false, 1_999],
  ['1.2300', 'yuan', false, 123],
  ['0', 'yuan', false, 0],
  ['1.234', 'yuan', false, null],
  ['-5.00', 'yuan', false, null],
  ['-5.00', 'yuan', true, 500],
  ['1e3', 'yuan', false, null],
  ['1,299.00', 'yuan', false, null],
  ['¥1', 'yuan', false, null],
  ['299900', 'fen', false, 299_900],
  ['299900.0', 'fen', false, 299_900],
  ['2999.5', 'fen', false, null],
  ['-1', 'fen', false, null],
]
test.each(money)('A8: %s in %s (signed %s) is %s fen', (text, unit, signed, fen) => {
  expect(valueOf(readMoney(text, unit, signed))).toBe(fen)
})

test.each([['1', 1], ['2.00', 2], ['-3', -3], ['1.5', null], ['', null], ['many', null]])('A8: %s pieces are %s', (text, count) => {
  expect(valueOf(readCount(text))).toBe(count)
})

const now = new Date('2026-03-02T02:00:00Z')
const local = { format: 'yyyy-MM-dd HH:mm:ss', zone: 'Asia/Shanghai' } as const
const times: readonly (readonly [string, Parameters<typeof timeReader>[0], string | RegExp])[] = [
  ['1772416800', { format: 'unix-s', path: [] }, '2026-03-02T02:00:00.000Z'],
  ['1772416800123', { format: 'unix-ms', path: [] }, '2026-03-02T02:00:00.123Z'],
  ['1772416800123', { format: 'unix-s', path: [] }, /Unix time in seconds/],
  ['1772416800', { format: 'unix-ms', path: [] }, /Unix time in milliseconds/],
  ['2026-03-02T10:00:00+08:00', { format: 'iso', path: [] }, '2026-03-02T02:00:00.000Z'],
  ['2026-03-02T02:00Z', { format: 'iso', path: [] }, '2026-03-02T02:00:00.000Z'],
  ['2026-03-02T10:00:00', { format: 'iso', path: [] }, /must be a time such as/],
  ['2026-03-02T25:00:00Z', { format: 'iso', path: [] }, /must be a time such as/],
  ['2026-03-02 10:00:00', { ...local, path: [] }, '2026-03-02T02:00:00.000Z'],
  ['2026-03-02 00:30:59', { ...local, path: [] }, '2026-03-01T16:30:59.000Z'],
  ['2026-02-30 10:00:00', { ...local, path: [] }, /must be a time such as/],
  ['02/03/2026', { ...local, path: [] }, /must be a time such as/],
  ['2025-07-01 12:00:00', { format: 'yyyy-MM-dd HH:mm:ss', zone: 'America/New_York', path: [] }, '2025-07-01T16:00:00.000Z'],
  ['2026-01-01 12:00:00', { format: 'yyyy-MM-dd HH:mm:ss', zone: 'America/New_York', path: [] }, '2026-01-01T17:00:00.000Z'],
  ['2026-03-02 10:05:00', { ...local, path: [] }, '2026-03-02T02:05:00.000Z'],
  ['2026-03-02 10:05:01', { ...local, path: [] }, /more than 5 minutes ahead/],
  ['1999-03-02 10:05:00', { ...local, path: [] }, /after 2010/],
]
test.each(times)('A8: the time %s as %j is %s', (text, format, expected) => {
  const read = timeReader(format)(text, now)
  expect('value' in read ? read.value.toISOString() : read.problem).toMatch(expected)
})

const who = { from: 'till', events: [{ kind: 'search', each: 'list', at: { path: 'at', format: 'unix-s' }, who: [{ phone: 'who' }, { member: 'who' }], text: 'words' }], omit: ['note', 'list[*].secret'] }
const mapping = parseMapping(who)

test('A8 C4: what may rest is redacted once; again it stays as it is', () => {
  const redact = redactor(mapping, hasher)
  const body = '{"note":{"any":"thing"},"x":"call 138 0013 8000 or 0086-13800138001, order 913800138000","list":[{"at":1772416800,"who":"13800138000","words":"13800138000 大衣","secret":"s"},{"who":"VIP-1"},{"who":"?"}]}'
  const once = redact(readJson(body))
  const text = contentJson(once)
  expect(JSON.parse(text)).toEqual({
    x: 'call [phone] or [phone], order 913800138000',
    list: [
      { at: '1772416800', who: expect.stringMatching(/^phone#[\w-]{22}$/) as string, words: '13800138000 大衣' },
      { who: expect.stringMatching(/^member#[\w-]{22}$/) as string },
      { who: 'phone#unreadable' },
    ],
  })
  expect(contentJson(redact(readJson(text)))).toBe(text)
})

test('A8: a list of one may come as a single object, and is hashed all the same', () => {
  const content = redactor(mapping, hasher)(readJson('{"list":{"at":1772416800,"who":"13800138000","words":"大衣"}}'))
  const { events, problems } = createMapper(mapping)(content, { source: 's', webhookId: 'w', now })
  expect(problems).toEqual([])
  expect(events).toMatchObject([{ key: 'inbound:s:w:0', who: { kind: 'phone' }, text: '大衣' }])
  expect(contentJson(content)).not.toContain('138')
})

test('A8: a 19-digit id survives, quoted or not; one thing told twice in a message is one event', () => {
  const orders = parseMapping({
    from: 'erp',
    events: [{ each: '.', kind: 'order-paid', id: 'no', at: { path: 'at', format: 'unix-s' }, who: [{ unionid: 'u' }], orderNo: 'no' }],
  })
  const body = '[{"no":3705115058471208928,"at":1772416800,"u":"o-union-1"},{"no":"3705115058471208928","at":1772416800,"u":"o-union-1"}]'
  const { events } = createMapper(orders)(readJson(body), { source: 'erp', webhookId: 'w', now })
  expect(events).toMatchObject([{ key: 'inbound:erp:order-paid:3705115058471208928', orderNo: '3705115058471208928', amount: null, items: [] }])
})

function valueOf<T>(read: Read<T>): T | null {
  return 'value' in read ? read.value : null
}
