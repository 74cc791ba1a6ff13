import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CallbackMode } from '../../config/load.ts'
import type { CallbackFault } from '../../server/domain/diagnosis-faults-callbacks.ts'
import { wordsOf } from '../../server/domain/diagnosis-faults.ts'
import { callbackConfig, keys, openEdge, type Edge, type SealedChannel } from './edge.ts'
import { fixture, fixtureNames } from './fixture.ts'
import { pathOf, plain, plainUrlCheck, queryOf, sealed, weComUrlCheck, withQuery, type Letter } from './post-office.ts'

const fiveMessages = ['text', 'image', 'subscribe', 'click', 'view']
const edges = new Map<CallbackMode, Edge>()
const edgeOf = (mode: CallbackMode): Edge => {
  const edge = edges.get(mode)
  if (!edge) throw new Error(`no edge in mode ${mode}`)
  return edge
}

beforeAll(async () => {
  for (const mode of ['secure', 'compatible', 'plain'] as const) edges.set(mode, await openEdge(callbackConfig(mode)))
})
afterAll(() => Promise.all([...edges.values()].map((edge) => edge.close())))
beforeEach(() => edges.forEach((edge) => edge.clear()))

/** How the Official Account sends one message in each mode. */
const sends: Record<CallbackMode, (message: string) => Letter> = {
  secure: (message) => sealed('official-account', message),
  compatible: (message) => sealed('official-account', message, { copy: message }),
  plain: (message) => plain('official-account', message),
}
const oneXmlOf = { 'wechat-shop': 'order-pay', 'mini-program': 'image', wecom: 'card-tap', 'official-account': 'text' }
const modes: CallbackMode[] = ['secure', 'compatible', 'plain']
const sealedModes: CallbackMode[] = ['secure', 'compatible']
const inEachMode = modes.flatMap((mode) => ['xml', 'json'].map((format) => ({ mode, format })))

/** What came of a POST: the status, what was stored and what was logged; a fault in the log is one of ours, in our words. */
async function outcomeOf(edge: Edge, { path, body }: Letter) {
  const { status } = await edge.post(path, body)
  const logged = edge.logged.map(({ message, fields: { fault, meaning, ...fields } }) => {
    const words = fault === undefined ? undefined : wordsOf({ fault: fault as CallbackFault, about: String(fields['channel']) }).what.en
    expect(meaning).toBe(words)
    return { message, fields }
  })
  return { status, stored: edge.texts(), logged }
}

/** The shop's real-time questions are answered with data, which questions.test.ts holds to the word. */
const isQuestion = (file: string) => /^mini-program\/(gen-order-info|use-vip-discount|vip-user-info-get)\./.test(file)

/** Refused as untrusted: nothing stored, one log line that gives channel and reason. */
const refused = {
  status: 401,
  stored: [],
  logged: [
    { message: 'callback refused', fields: { channel: expect.any(String), status: 401, reason: expect.any(String) } },
  ],
}

describe('A1 the Official Account in each mode', () => {
  describe.each(inEachMode)('$mode, $format', ({ mode, format }) => {
    test.each(fiveMessages)('%s is stored byte for byte and answered with success', async (name) => {
      const edge = edgeOf(mode)
      const message = fixture(`official-account/${name}.${format}`)
      const { path, body } = sends[mode](message)
      const answer = await edge.post(path, body)
      expect([answer.status, answer.body]).toEqual([200, 'success'])
      expect(edge.texts()).toEqual([message])
      const { account } = keys['official-account']
      expect(edge.deliveries()[0]).toMatchObject({ channel: 'official-account', account })
      expect(edge.logged).toEqual([])
    })
  })

  test.each(modes)('%s: a wrong signature is refused', async (mode) => {
    const { path, body } = sends[mode](fixture('official-account/text.xml'))
    const name = mode === 'plain' ? 'signature' : 'msg_signature'
    expect(await outcomeOf(edgeOf(mode), { path: withQuery(path, name, '0'.repeat(40)), body })).toEqual(refused)
  })

  test.each(modes)('%s: a signature made with another token is refused', async (mode) => {
    const message = fixture('official-account/text.xml')
    const letter =
      mode === 'plain'
        ? plain('official-account', message, 'otherToken')
        : sealed('official-account', message, { token: 'otherToken', copy: message })
    expect(await outcomeOf(edgeOf(mode), letter)).toEqual(refused)
  })

  test.each(modes)('%s: no signature at all is refused', async (mode) => {
    const body = fixture('official-account/text.xml')
    expect(await outcomeOf(edgeOf(mode), { path: pathOf('official-account'), body })).toEqual(refused)
  })

  test.each(modes)('%s: a query value that stands there twice is refused', async (mode) => {
    const { path, body } = sends[mode](fixture('official-account/text.xml'))
    expect(await outcomeOf(edgeOf(mode), { path: `${path}&nonce=486452656`, body })).toEqual(refused)
  })

  test.each(sealedModes)('%s: a flipped byte in the ciphertext is refused', async (mode) => {
    const { path, body } = sends[mode](fixture('official-account/text.xml'))
    const at = body.indexOf('<Encrypt>') + 60
    const flipped = body.slice(0, at) + (body[at] === 'A' ? 'B' : 'A') + body.slice(at + 1)
    expect(await outcomeOf(edgeOf(mode), { path, body: flipped })).toEqual(refused)
  })

  test.each(sealedModes)('%s: a message sealed for another appid is refused', async (mode) => {
    const message = fixture('official-account/text.xml')
    const letter = sealed('official-account', message, { receiver: 'wxFOREIGN', copy: message })
    expect(await outcomeOf(edgeOf(mode), letter)).toEqual(refused)
  })

  test.each(sealedModes)('%s: a readable body under a valid three-value signature is refused', async (mode) => {
    const edge = edgeOf(mode)
    expect(await outcomeOf(edge, plain('official-account', fixture('official-account/text.xml')))).toEqual(refused)
    edge.clear()
    expect(await outcomeOf(edge, plain('official-account', fixture('official-account/text.json')))).toEqual(refused)
  })

  test.each(sealedModes)('%s: encrypt_type raw is refused', async (mode) => {
    const { path, body } = sends[mode](fixture('official-account/text.xml'))
    expect(await outcomeOf(edgeOf(mode), { path: withQuery(path, 'encrypt_type', 'raw'), body })).toEqual(refused)
  })

  test('compatible: only the decrypted text is used, whatever the readable copy says', async () => {
    const edge = edgeOf('compatible')
    const message = fixture('official-account/click.xml')
    const { path, body } = sealed('official-account', message, { copy: fixture('official-account/unsubscribe.xml') })
    expect((await edge.post(path, body)).status).toBe(200)
    expect(edge.texts()).toEqual([message])
  })

  test.each(modes)('%s: the URL check is answered with exactly the echostr', async (mode) => {
    const answer = await edgeOf(mode).get(plainUrlCheck('official-account', '4375120948345356249+/='))
    expect([answer.status, answer.body]).toEqual([200, '4375120948345356249+/='])
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
  })

  test.each(modes)('%s: a forged URL check is refused', async (mode) => {
    const answer = await edgeOf(mode).get(plainUrlCheck('official-account', 'echo', 'otherToken'))
    expect([answer.status, answer.body]).toEqual([401, ''])
  })
})

describe.each<SealedChannel>(['wechat-shop', 'mini-program', 'wecom'])('A2 A3 %s is always secure', (channel) => {
  const message = () => fixture(`${channel}/${oneXmlOf[channel]}.xml`)
  const ack = channel === 'wecom' ? '' : 'success'

  test.each(fixtureNames(channel).filter((file) => !isQuestion(file)))('%s is stored and acked', async (file) => {
    const { path, body } = sealed(channel, fixture(file))
    const answer = await edgeOf('plain').post(path, body)
    expect([answer.status, answer.body]).toEqual([200, ack])
    expect(edgeOf('plain').texts()).toEqual([fixture(file)])
  })

  test('the envelope may be JSON around XML and the other way round', async () => {
    const { path, body } = sealed(channel, message(), { format: 'json' })
    expect((await edgeOf('plain').post(path, body)).status).toBe(200)
    expect(edgeOf('plain').texts()).toEqual([message()])
  })

  test.each([
    ['a wrong signature', () => ({ ...sealed(channel, message(), { token: 'otherToken' }) })],
    ['another receiver inside', () => sealed(channel, message(), { receiver: 'wxFOREIGN' })],
    ['no receiver inside', () => sealed(channel, message(), { receiver: '' })],
    ['another key', () => sealed(channel, message(), { aesKey: 'A'.repeat(43) })],
    ['a readable body under a valid three-value signature', () => plain(channel, message())],
    ['a readable body without signature', () => ({ path: pathOf(channel), body: message() })],
    ['a three-value signature where a four-value one belongs', () => {
      const { path, body } = sealed(channel, message())
      return { path: withQuery(path, 'msg_signature', queryOf(plain(channel, '').path).get('signature')), body }
    }],
  ])('refuses %s', async (_, letter) => {
    expect(await outcomeOf(edgeOf('plain'), letter())).toEqual(refused)
  })
})

describe('A2 A3 URL checks', () => {
  const withPlainEcho: SealedChannel[] = ['wechat-shop', 'mini-program']
  test.each(withPlainEcho)('%s answers the plain echostr, and no forged one', async (channel) => {
    const edge = edgeOf('secure')
    expect((await edge.get(plainUrlCheck(channel, 'a b+c'))).body).toBe('a b+c')
    expect((await edge.get(plainUrlCheck(channel, 'x', 'otherToken'))).status).toBe(401)
    expect((await edge.get(withQuery(plainUrlCheck(channel, 'x'), 'echostr', null))).status).toBe(401)
  })

  test('wecom answers what the encrypted echostr holds, plus signs and all', async () => {
    const edge = edgeOf('secure')
    for (let round = 0; round < 20; round += 1) {
      const answer = await edge.get(weComUrlCheck('1616140317555161061'))
      expect([answer.status, answer.body]).toEqual([200, '1616140317555161061'])
      expect(answer.headers['content-type']).toMatch(/^text\/plain/)
    }
  })

  test.each([
    ['another token', () => weComUrlCheck('1', { token: 'otherToken' })],
    ['another corp inside', () => weComUrlCheck('1', { receiver: 'wwffffffffffffffff' })],
    ['a readable echostr', () => weComUrlCheck('1', { cipher: '1616140317555161061' })],
    ['plus signs decoded twice', () => {
      const path = weComUrlCheck('1', { cipher: 'AA+A'.repeat(16) })
      return withQuery(path, 'echostr', 'AA A'.repeat(16))
    }],
    ["the Official Account's three-value form", () => plainUrlCheck('wecom', '1616140317555161061')],
    ['nothing', () => pathOf('wecom')],
  ])('wecom refuses %s', async (_, path) => {
    const edge = edgeOf('secure')
    expect((await edge.get(path())).status).toBe(401)
    expect(edge.logged).toMatchObject([{ message: 'callback refused', fields: { channel: 'wecom', status: 401 } }])
  })
})

describe('routes', () => {
  test.each(Object.keys(keys) as SealedChannel[])('%s: another id is unknown', async (channel) => {
    const edge = edgeOf('secure')
    const { path, body } = sealed(channel, fixture('official-account/text.xml'))
    const elsewhere = path.replace(keys[channel].account, 'wxSOMEBODY')
    expect((await edge.post(elsewhere, body)).status).toBe(404)
    expect((await edge.get(elsewhere)).status).toBe(404)
    expect((await edge.send('PUT', path)).status).toBe(405)
  })

  test('a group that is not configured is unknown', async () => {
    const { weCom } = callbackConfig()
    const edge = await openEdge({ weCom, officialAccount: null, shop: null, miniProgram: null })
    const wanted = [['official-account', 404], ['wechat-shop', 404], ['mini-program', 404], ['wecom', 200]] as const
    for (const [channel, status] of wanted) {
      const { path, body } = sealed(channel, fixture('official-account/text.xml'))
      expect((await edge.post(path, body)).status).toBe(status)
    }
    await edge.close()
  })

  test('a mini-program without callback keys has no callback', async () => {
    const config = callbackConfig()
    const miniProgram = config.miniProgram && { ...config.miniProgram, callback: null }
    const edge = await openEdge({ ...config, miniProgram })
    expect((await edge.get(plainUrlCheck('mini-program', 'x'))).status).toBe(404)
    await edge.close()
  })
})
