import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MalformedCallback, UntrustedCallback } from '../../server/domain/errors.ts'
import { readContent } from '../../webhooks/content.ts'
import { isFields, type Content } from '../../webhooks/fields.ts'
import { contentJson } from '../../webhooks/inbound/redact.ts'
import { readJson } from '../../webhooks/json.ts'
import { callbackQuery } from '../../webhooks/query.ts'
import { Unreadable } from '../../webhooks/unreadable.ts'
import { scanXml } from '../../webhooks/xml-scan.ts'
import { testDatabase } from '../support/store.ts'
import { failureText, runDirect } from './run-direct.ts'
import { runServed } from './run-served.ts'
import { openServed, type ServedTarget } from './served.ts'

/** The long form with other seeds: `npm run fuzz`. */
const seed = Number(process.env['FUZZ_SEED'] ?? 20261125)

test(`B4: hostile input at every edge without a socket, seed ${seed}`, () => {
  const { edges, failures } = runDirect(seed, 0, 4_000)
  expect(failures.map(failureText)).toEqual([])
  expect(edges.filter(({ steps }) => steps === 0).map(({ name }) => name)).toEqual([])
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
})

describe('over HTTP', () => {
  let target: ServedTarget
  let drop: () => Promise<void>
  beforeAll(async () => {
    const database = testDatabase()
    drop = database.drop
    target = await openServed({ MONGODB_URI: database.uri })
  })
  afterAll(async () => {
    await target.close()
    await drop()
  })

  test(`B4: hostile requests to the whole server, seed ${seed}: no crash, no 5xx, nothing stuck`, async () => {
    const { statuses, failures } = await runServed(target, seed, 0, 300)
    expect(failures.map(failureText)).toEqual([])
    expect(Object.keys(statuses)).toEqual(expect.arrayContaining(['200', '400', '401', '404']))
  })
})

describe('the readers keep to what they promise', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.json())
  /** What `promise` refuses with may be thrown, nothing else. */
  const only = (kind: new (...args: never[]) => Error, act: () => void) => {
    try {
      act()
    } catch (error) {
      if (!(error instanceof kind)) throw error
    }
  }

  test('B4: any bytes are a message or MalformedCallback', () => {
    const readings = fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => only(MalformedCallback, () => readContent(bytes)))
    expect(fc.check(readings).counterexample).toBeNull()
  })

  test('B4: any text is XML, JSON or Unreadable', () => {
    expect(fc.check(fc.property(text, (any) => only(Unreadable, () => scanXml(any)))).counterexample).toBeNull()
    expect(fc.check(fc.property(text, (any) => only(Unreadable, () => readJson(any)))).counterexample).toBeNull()
  })

  test('A8: JSON that was read and written again is read the same, and no name of it is inherited', () => {
    const names = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString'))
    const bodies = fc.dictionary(names, fc.oneof(fc.string(), fc.integer(), fc.array(fc.string()), fc.dictionary(names, fc.string())))
    fc.assert(
      fc.property(bodies, (body) => {
        const read = readJson(JSON.stringify(body))
        expect(contentJson(readJson(contentJson(read)))).toBe(contentJson(read))
        expect(namesOf(read)).toEqual(Object.keys(body).length)
      }),
    )
  })

  test('A1: any query is read or UntrustedCallback, and what stands twice is nobody’s', () => {
    fc.assert(fc.property(text, (any) => only(UntrustedCallback, () => callbackQuery(any).one('signature'))))
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => {
      const twice = new URLSearchParams([['nonce', a], ['nonce', b]]).toString()
      expect(() => callbackQuery(twice).optional('nonce')).toThrow(UntrustedCallback)
    }))
  })

  function namesOf(content: Content): number {
    return isFields(content) ? content.size : -1
  }
})
