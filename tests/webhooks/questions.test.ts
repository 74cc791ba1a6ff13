import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import { decryptMessage } from '../../webhooks/message-crypt.ts'
import { readContent } from '../../webhooks/content.ts'
import { textOf } from '../../webhooks/fields.ts'
import { callbackConfig, keys, openEdge, type Edge } from './edge.ts'
import { fixture, fixtureNames } from './fixture.ts'
import { sealed } from './post-office.ts'
import { sha1OfSorted } from './seal.ts'

let edge: Edge
let sealing: Edge
beforeAll(async () => {
  const config = callbackConfig()
  edge = await openEdge(config)
  const miniProgram = config.miniProgram && { ...config.miniProgram, encryptsAnswers: true }
  sealing = await openEdge({ ...config, miniProgram })
})
afterAll(() => Promise.all([edge.close(), sealing.close()]))
beforeEach(() => edge.clear())

const ask = (at: Edge, file: string) => {
  const { path, body } = sealed('mini-program', fixture(`mini-program/${file}`))
  return at.post(path, body)
}

const answers: [string, string, string][] = [
  ['vip-user-info-get', '{"errcode":0,"errmsg":"ok","info":{"is_vip":false}}', '<xml><errcode>0</errcode><errmsg><![CDATA[ok]]></errmsg><info><is_vip>false</is_vip></info></xml>'],
  ['use-vip-discount', '{"errcode":0,"errmsg":"ok","result":1}', '<xml><errcode>0</errcode><errmsg><![CDATA[ok]]></errmsg><result>1</result></xml>'],
  ['gen-order-info', '{"errcode":0,"errmsg":"ok"}', '<xml><errcode>0</errcode><errmsg><![CDATA[ok]]></errmsg></xml>'],
]

describe('A3 real-time questions are answered at the edge by what does no harm, in their own format, and stored', () => {
  test.each(answers)('%s', async (name, json, xml) => {
    const asJson = await ask(edge, `${name}.json`)
    expect(asJson).toMatchObject({ status: 200, body: json, headers: { 'content-type': 'application/json; charset=utf-8' } })
    const asXml = await ask(edge, `${name}.xml`)
    expect(asXml).toMatchObject({ status: 200, body: xml, headers: { 'content-type': 'text/xml; charset=utf-8' } })
    expect(edge.texts()).toEqual([fixture(`mini-program/${name}.json`), fixture(`mini-program/${name}.xml`)])
  })

  test('asked again, answered again, stored once', async () => {
    const bodies = [await ask(edge, 'use-vip-discount.json'), await ask(edge, 'use-vip-discount.json')].map(({ body }) => body)
    expect(new Set(bodies)).toEqual(new Set(['{"errcode":0,"errmsg":"ok","result":1}']))
    expect(edge.texts()).toHaveLength(1)
  })

  const others = fixtureNames('mini-program').map((file) => file.slice('mini-program/'.length))
    .filter((file) => !answers.some(([name]) => file.startsWith(`${name}.`)))
  test.each(others)('%s is acked with the plain word', async (file) => {
    expect(await ask(edge, file)).toMatchObject({ status: 200, body: 'success' })
  })

  test('at the shop’s own URL nothing is a question', async () => {
    const { path, body } = sealed('wechat-shop', fixture('wechat-shop/use-vip-discount.json'))
    expect(await edge.post(path, body)).toMatchObject({ status: 200, body: 'success' })
  })

  test('a forged question gets no answer, one too large neither', async () => {
    const { path, body } = sealed('mini-program', fixture('mini-program/use-vip-discount.json'), { token: 'other' })
    expect(await edge.post(path, body)).toMatchObject({ status: 401, body: '' })
    const large = sealed('mini-program', fixture('mini-program/use-vip-discount.json').padEnd(1024 * 1024, ' '))
    expect(await edge.post(large.path, large.body)).toMatchObject({ status: 413, body: '' })
    expect(edge.texts()).toEqual([])
  })
})

test('A3: with the store away a question is answered all the same, since an order waits for it; an event is not acked', async () => {
  const away = await openEdge(callbackConfig())
  away.failWith(() => Promise.reject(new StoreUnavailable()))
  expect(await ask(away, 'use-vip-discount.json')).toMatchObject({ status: 200, body: '{"errcode":0,"errmsg":"ok","result":1}' })
  expect(away.logged.map(({ message }) => message)).toEqual(['question answered but not stored'])
  expect(await ask(away, 'vip-auto-add.json')).toMatchObject({ status: 503, body: '' })
  await away.close()
})

test('A3: MINIPROGRAM_ANSWER_ENCRYPTED seals the answers, signed and for our appid', async () => {
  const { account, token, aesKey } = keys['mini-program']
  for (const [name, json, xml] of answers) {
    for (const [format, plain] of [['json', json], ['xml', xml]] as const) {
      const { body } = await ask(sealing, `${name}.${format}`)
      const fields = readContent(Buffer.from(body))
      const [cipher, timestamp, nonce] = ['Encrypt', 'TimeStamp', 'Nonce'].map((part) => textOf(fields, part) ?? '')
      expect(textOf(fields, 'MsgSignature')).toBe(sha1OfSorted(token, timestamp ?? '', nonce ?? '', cipher ?? ''))
      expect(decryptMessage(aesKey, cipher ?? '', account).toString()).toBe(plain)
    }
  }
})
