import { expect, test } from 'vitest'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import type { Forwarder, Forwards } from '../../server/ports/forwards.ts'
import { createPassOnCallbacks } from '../../server/usecases/pass-on-callbacks.ts'

const warned: string[] = []
const log = { info: () => undefined, error: () => undefined, warn: (_fields: object, text: string) => void warned.push(text) }
const away = () => Promise.reject(new StoreUnavailable())
const forwards: Forwards = { put: away, due: away, note: away, list: away }

test.each([
  ['<xml>their words</xml>', true, '<xml>their words</xml>'],
  ['success', true, null],
  ['<xml>their words</xml>', false, null],
])('A11: the store goes away while the other system answers %j, seen: %s', async (text, answerIsSeen, expected) => {
  const answer = { status: 200, type: 'text/xml', body: Buffer.from(text) }
  const forwarder: Forwarder = { send: async () => ({ answer, problem: null }) }
  const { passOn } = createPassOnCallbacks({ forwards, forwarder, clock: { now: () => new Date(0) }, log })
  warned.length = 0
  const request = { query: '', headers: {}, body: new Uint8Array() }
  const given = await passOn.send({ id: 'one', channel: 'official-account', request, answerIsSeen }, 1_000)
  expect(given && Buffer.from(given.body).toString()).toBe(expected)
  expect(warned).toEqual(['passing on was not noted'])
})
