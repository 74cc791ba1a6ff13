import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadInbound } from '../../config/inbound-file.ts'
import { loadConfig } from '../../config/load.ts'
import { loadOutgoing } from '../../config/outgoing-file.ts'
import { ConfigInvalid } from '../../server/domain/errors.ts'
import { openSources } from '../../webhooks/inbound/sources.ts'
import { least } from './environments.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'))
})
afterAll(() => rm(folder, { recursive: true }))

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const env = { TILL: secret, SHORT: 'whsec_c2hvcnQ=', PLAIN: 'secret-value' }

async function written(content: unknown): Promise<string> {
  const path = join(folder, `${Math.random()}.json`)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

async function problemsOf(load: () => unknown): Promise<readonly string[]> {
  try {
    await load()
    return []
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.problems
    throw error
  }
}

const search = { kind: 'search', at: { path: 'at', format: 'unix-s' }, who: [{ phone: 'phone' }] }
const mapping = { from: 'mall', events: [search] }
const till = { name: 'till', enabled: true, secrets: ['TILL'], mapping }
const withEvent = (event: object) => ({ ...till, mapping: { from: 'mall', events: [{ ...search, ...event }] } })

test('A8: the shipped mappings come out as their own samples expect', () => {
  const all = loadInbound('config/inbound.example.json', { INBOUND_TILL_SECRET: secret })
  expect(all.map(({ name, enabled, keys }) => [name, enabled, keys.length])).toEqual([['till', true, 1], ['erp', false, 0], ['youzan', false, 0]])
  expect(all.every((source) => source.mapping.samples.length > 0)).toBe(true)
  expect([...openSources(all.map((source) => ({ ...source, enabled: true })), 'sixteen-characters-at-least').keys()]).toEqual(['till', 'erp', 'youzan'])
})

const wrong: readonly (readonly [string, unknown, RegExp])[] = [
  ['a secret that is not set', { ...till, secrets: ['TILL', 'GONE'] }, /^GONE is missing: .* sources\[0\]\.secrets\[1\] names it$/],
  ['a secret that is too short', { ...till, secrets: ['SHORT'] }, /^SHORT must be whsec_/],
  ['a secret without its mark', { ...till, secrets: ['PLAIN'] }, /^PLAIN must be whsec_/],
  ['the secret itself in the file', { ...till, secrets: [secret] }, /secrets\[0\] must be the name of an environment variable/],
  ['a name with a slash', { ...till, name: 'a/b' }, /sources\[0\]\.name must be/],
  ['a mapping file that is not there', { ...till, mapping: 'gone.json' }, /gone\.json is not there/],
  ['a kind that is none', withEvent({ kind: 'bought' }), /events\[0\]\.kind must be one of/],
  ['a kind of theirs that becomes none of ours', withEvent({ kind: { path: 'type', values: { a: 'bought' } } }), /events\[0\]\.kind must be one of/],
  ['kinds of two shapes', withEvent({ kind: { path: 'type', values: { a: 'search', b: 'order-paid' } } }), /mixes kinds/],
  ['an order without a number', withEvent({ kind: 'order-paid' }), /orderNo is missing/],
  ['a basket without an item', withEvent({ kind: 'add-to-cart' }), /item is missing/],
  ['an amount where there is none', withEvent({ amount: { path: 'x', unit: 'yuan' } }), /amount has no meaning/],
  ['a path that is none', withEvent({ id: 'a..b' }), /events\[0\]\.id/],
  ['a time format that is none', withEvent({ at: { path: 'at', format: 'MM/dd' } }), /events\[0\]\.at\.format/],
  ['wall time without its zone', withEvent({ at: { path: 'at', format: 'yyyy-MM-dd HH:mm:ss' } }), /at\.zone is needed/],
  ['a zone that is none', withEvent({ at: { path: 'at', format: 'yyyy-MM-dd HH:mm:ss', zone: 'Mars' } }), /must be a time zone/],
  ['money of no unit', withEvent({ kind: 'view-item', item: { id: 'x', price: { path: 'p', unit: 'usd' } } }), /must be "yuan" or "fen"/],
  ['nobody', withEvent({ who: [] }), /events\[0\]\.who/],
  ['somebody by an address', withEvent({ who: [{ email: 'mail' }] }), /must be one of \{ "phone"/],
  ['a word that means nothing', { ...till, retry: 3 }, /unrecognized key/i],
]
test.each(wrong)('A8: %s stops the start, its place named', async (_, source, expected) => {
  const path = await written({ sources: [source] })
  const problems = await problemsOf(() => loadInbound(path, env))
  expect(problems).toEqual([expect.stringMatching(expected)])
  expect(problems.join()).not.toContain('secret-value')
  expect(problems.join()).not.toContain(secret)
})

test('A8: a source that is off needs no secret; two of one name, and what is not JSON, are refused', async () => {
  const off = await written({ sources: [{ ...till, enabled: false, secrets: ['GONE'] }] })
  expect(loadInbound(off, env)).toMatchObject([{ name: 'till', enabled: false, keys: [] }])
  const twice = await written({ sources: [till, till] })
  expect(await problemsOf(() => loadInbound(twice, env))).toEqual([expect.stringContaining('sources[1].name is taken by sources[0]')])
  const path = await written('{ "sources": ')
  expect(await problemsOf(() => loadInbound(path, env))).toEqual([expect.stringMatching(/cannot be read as JSON$/)])
})

const body = { phone: '13800138000', at: 1_772_416_800, words: '大衣' }
const expected = { kind: 'search', who: { phone: '138 0013 8000' }, at: '2026-03-02T10:00:00+08:00', text: '大衣' }
const samples: readonly (readonly [string, object, string | null])[] = [
  ['that comes out as expected', { body, events: [expected] }, null],
  ['with another text', { body, events: [{ ...expected, text: '围巾' }] }, 'events[0].text comes out as "大衣"'],
  ['of somebody else', { body, events: [{ ...expected, who: { phone: '13800138001' } }] }, 'events[0].who comes out as "phone:'],
  ['an hour off', { body, events: [{ ...expected, at: '2026-03-02T11:00:00+08:00' }] }, 'events[0].at comes out as "2026-03-02T02:00:00.000Z"'],
  ['that gives nothing', { body: { phone: '13800138000' }, events: [expected] }, 'at is missing'],
  ['that names nobody', { body: {}, events: [expected] }, 'gives 0 events (), expected 1'],
  ['that gives too much', { body, events: [] }, 'gives 1 events (search), expected 0'],
]
test.each(samples)('A8: a sample %s', async (_, sample, problem) => {
  const source = { ...till, mapping: { from: 'mall', events: [{ ...search, text: 'words', who: [{ phone: 'phone' }, { member: 'member' }] }] }, samples: [sample] }
  const on = await written({ sources: [source] })
  const off = await written({ sources: [{ ...source, enabled: false }] })
  const problems = await problemsOf(() => openSources(loadInbound(on, env), 'sixteen-characters-at-least'))
  const wanted = problem === null ? '' : `inbound source till: sample 1: ${problem}`
  expect((problems[0] ?? '').slice(0, wanted.length)).toBe(wanted)
  expect(problems.length > 0).toBe(problem !== null)
  expect(await problemsOf(() => openSources(loadInbound(off, env), 'sixteen-characters-at-least'))).toEqual([])
})

const crm = { name: 'crm', enabled: true, url: 'https://crm.brand.test/hooks', secrets: ['TILL'], events: ['alert'] }
const receivers: readonly (readonly [string, object, RegExp | null])[] = [
  ['over https', crm, null],
  ['over http on this host, allowed', { ...crm, url: 'http://127.0.0.1:9/', allowPrivate: true }, null],
  ['over http on this host, not allowed', { ...crm, url: 'http://127.0.0.1:9/' }, /url must be https/],
  ['over http elsewhere', { ...crm, url: 'http://crm.brand.test/', allowPrivate: true }, /url must be https/],
  ['over ftp', { ...crm, url: 'ftp://crm.brand.test/' }, /url must be an https URL/],
  ['with a password in its URL', { ...crm, url: 'https://u:secret-value@crm.brand.test/' }, /without user name/],
  ['that wants what we do not have yet', { ...crm, events: ['score'] }, /events\[0\]/],
  ['without its secret', { ...crm, secrets: ['GONE'] }, /^GONE is missing/],
]
test.each(receivers)('H8: a receiver %s', async (_, receiver, problem) => {
  const path = await written({ receivers: [receiver] })
  const problems = await problemsOf(() => loadOutgoing(path, env))
  expect(problems.join()).toMatch(problem ?? /^$/)
  expect(problems.join()).not.toContain('secret-value')
})

test('A8 H8: the files’ problems are told together with those of the environment', async () => {
  const inbound = await written({ sources: [{ ...till, secrets: ['GONE'] }] })
  const files = { INBOUND_FILE: inbound, OUTGOING_WEBHOOKS_FILE: join(folder, 'gone.json'), PORT: 'http' }
  const problems = await problemsOf(() => loadConfig({ ...least, ...files }))
  expect(problems.map((problem) => problem.split(' ')[0]).toSorted()).toEqual(['GONE', 'OUTGOING_WEBHOOKS_FILE', 'PORT'])
  const without = loadConfig({ ...least, INBOUND_FILE: 'none', OUTGOING_WEBHOOKS_FILE: 'none' })
  expect([without.inbound, without.outgoing]).toEqual([[], []])
})
