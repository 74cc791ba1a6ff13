import { afterAll, beforeAll, expect, test } from 'vitest'
import { isAllowed } from '../../server/adapters/webhooks/addresses.ts'
import { createWebhookSender, type WebhookSenderDeps } from '../../server/adapters/webhooks/sender.ts'
import { webhookSignature } from '../../server/edge/webhook-signature.ts'
import { openReceiver, type Receiver } from '../support/receiver.ts'

let receiver: Receiver
beforeAll(async () => {
  receiver = await openReceiver()
})
afterAll(() => receiver.close())

const key = Buffer.alloc(32, 7)
const news = { id: 'alert_1', json: '{"type":"alert.raised"}', at: new Date('2026-03-02T02:00:00Z') }

function sending(url: string, how: Partial<WebhookSenderDeps> & { allowPrivate?: boolean } = {}) {
  const { allowPrivate = false, ...deps } = how
  const sender = createWebhookSender({ receivers: [{ name: 'crm', url, keys: [key], allowPrivate }], sign: webhookSignature, ...deps })
  return sender.send('crm', news)
}

const inside = ['127.0.0.1', '127.9.9.9', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '::1', 'fd00::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::127.0.0.1', '::7f00:1', '::a00:1']
const never = ['0.0.0.0', '169.254.169.254', '224.0.0.1', '255.255.255.255', '198.18.0.1', '::', 'fe80::1', 'fe80::1%eth0', 'ff02::1', '64:ff9b::7f00:1', '2002:7f00:1::', '2001:0:1::1', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '::a9fe:a9fe', '::ffff:0:7f00:1', 'not-an-address', '']
const outside = ['8.8.8.8', '172.32.0.1', '100.128.0.1', '1.1.1.1', '2400:3200::1', '::ffff:8.8.8.8']
test.each([
  ...inside.map((address) => [address, false, true] as const),
  ...never.map((address) => [address, false, false] as const),
  ...outside.map((address) => [address, true, true] as const),
])('H8: %j may be spoken to: %s; where private addresses are allowed: %s', (address, plain, allowed) => {
  expect(isAllowed(address, false)).toBe(plain)
  expect(isAllowed(address, true)).toBe(allowed)
})

test.each(['127.0.0.1', 'localhost', '[::1]', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '[::127.0.0.1]', '127.1', '127.0.0.1.'])(
  'H8: this host spelled %s is not spoken to',
  async (host) => {
    receiver.heard.length = 0
    expect(await sending(`http://${host}:${receiver.port}/`)).toEqual({ status: null, problem: 'address-not-allowed' })
    expect(receiver.heard).toEqual([])
  },
)

test('H8: a name is judged by what it means at the moment of connecting, and one bad address among good ones is enough', async () => {
  receiver.heard.length = 0
  const answers = [[{ address: '93.184.216.34', family: 4 }, { address: '127.0.0.1', family: 4 }], [{ address: '169.254.169.254', family: 4 }], []]
  for (const addresses of answers) {
    const result = await sending(`http://crm.brand.test:${receiver.port}/`, { resolve: (_, callback) => callback(null, addresses) })
    expect(result).toEqual({ status: null, problem: 'address-not-allowed' })
  }
  const nowhere: WebhookSenderDeps['resolve'] = (_, callback) => callback(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), [])
  expect(await sending(`http://crm.brand.test:${receiver.port}/`, { resolve: nowhere })).toEqual({ status: null, problem: 'ENOTFOUND' })
  expect(receiver.heard).toEqual([])
  const here: WebhookSenderDeps['resolve'] = (_, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }])
  expect(await sending(`http://crm.brand.test:${receiver.port}/`, { resolve: here, allowPrivate: true })).toEqual({ status: 204, problem: null })
  expect(receiver.heard).toHaveLength(1)
})

test('H8: silence, an answer without end, a broken one and a closed door are told apart; none lasts', async () => {
  const send = () => sending(receiver.url, { allowPrivate: true, timeoutMs: 150 })
  receiver.answers(() => undefined)
  expect(await send()).toEqual({ status: null, problem: 'no answer in time' })
  receiver.answers((res) => {
    res.writeHead(200)
    const pour = () => void (res.destroyed || (res.write('x'.repeat(16_384)), setTimeout(pour, 1)))
    pour()
  })
  expect(await send()).toEqual({ status: 200, problem: null })
  receiver.answers((res) => void res.socket?.destroy())
  expect(await send()).toEqual({ status: null, problem: 'ECONNRESET' })
  receiver.answers((res) => void res.writeHead(301, { location: 'http://127.0.0.1/' }).end())
  expect(await send()).toEqual({ status: 301, problem: 'redirects are not followed' })
  expect(await sending('http://127.0.0.1:9/', { allowPrivate: true })).toEqual({ status: null, problem: 'ECONNREFUSED' })
  expect(await createWebhookSender({ receivers: [], sign: webhookSignature }).send('gone', news)).toEqual({ status: null, problem: 'no such receiver is configured' })
})
