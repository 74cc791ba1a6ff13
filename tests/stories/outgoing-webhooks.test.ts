import { afterAll, beforeAll, expect, test } from 'vitest'
import { retryWaitsMs } from '../../server/domain/outgoing.ts'
import { sign } from '../support/connector.ts'
import { coat, coatInShop, inMall } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { openReceiver, receiversFile, type Receiver } from '../support/receiver.ts'

const [secret, newSecret] = [1, 2].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`) as [string, string]
let brand: TestBrand
let crm: Receiver
let bi: Receiver
let removeFile: () => Promise<void>
beforeAll(async () => {
  ;[crm, bi] = [await openReceiver(), await openReceiver()]
  const common = { enabled: true, allowPrivate: true }
  const file = await receiversFile([
    { ...common, name: 'crm', url: crm.url, secrets: ['CRM_SECRET', 'CRM_SECRET_NEW'], events: ['alert', 'purchase'] },
    { ...common, name: 'bi', url: bi.url, secrets: ['CRM_SECRET'], events: ['purchase'] },
    { ...common, name: 'asleep', enabled: false, url: bi.url, secrets: ['NOT_SET'], events: ['alert'] },
  ])
  removeFile = file.remove
  brand = await openBrand({ at: '2026-03-02T10:00', env: { OUTGOING_WEBHOOKS_FILE: file.path, CRM_SECRET: secret, CRM_SECRET_NEW: newSecret } })
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
  await Promise.all([crm.close(), bi.close(), removeFile()])
})

async function friends(name: string) {
  const mei = brand.tencent.staff(`mei-of-${name}`, { name: '小梅' })
  const customer = brand.tencent.customer(name, { name: '林小姐' })
  await mei.adds(customer)
  await brand.settle()
  crm.heard.length = 0
  bi.heard.length = 0
  return { mei, customer, does: inMall(brand.clock, customer) }
}

const log = (state: 'waiting' | 'delivered' | 'given-up') => brand.server.stores.webhookQueue.list(state, 100)

test('H8: an alert and a purchase reach who wants them, signed with every key, once, and tell no more than is documented', async () => {
  const { customer, does } = await friends('lin')
  await does('add-to-cart', coat)
  await brand.settle()
  await brand.passes(10)
  const { orderNo } = await customer.orders([coatInShop])
  await customer.pays(orderNo, { deliveries: 3 })
  await brand.settle()

  expect(crm.heard.map(({ body }) => (JSON.parse(body) as { type: string }).type).toSorted()).toEqual(['alert.raised', 'alert.raised', 'purchase.made'])
  expect(bi.heard).toHaveLength(1)
  const [first] = crm.heard
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = first?.headers ?? {}
  expect(timestamp).toBe(String(Date.parse('2026-03-02T10:00:00+08:00') / 1000))
  expect(signature).toBe([secret, newSecret].map((key) => sign(key, String(id), String(timestamp), first?.body ?? '')).join(' '))
  expect(JSON.parse(first?.body ?? '')).toEqual({
    type: 'alert.raised',
    timestamp: '2026-03-02T02:00:00.000Z',
    data: {
      alert: expect.stringContaining('added-to-basket') as string,
      rule: 'added-to-basket',
      tag: '加购',
      title: '加购了羊绒大衣',
      urgency: 'now',
      external_userid: customer.externalUserId,
      at: '2026-03-02T02:00:00.000Z',
      raised_at: '2026-03-02T02:00:00.000Z',
    },
  })
  expect(JSON.parse(bi.heard[0]?.body ?? '')).toMatchObject({
    type: 'purchase.made',
    data: { kind: 'order-paid', order_no: orderNo, amount_fen: coat.price, external_userid: customer.externalUserId, items: [{ id: coat.id, count: 1 }] },
  })
  expect(JSON.stringify(crm.heard)).not.toContain('林小姐')
  const delivered = await log('delivered')
  expect(delivered.map(({ target, event, tries }) => [target, event, tries.map(({ status }) => status)]).toSorted()).toEqual([
    ['bi', 'purchase', [204]], ['crm', 'alert', [204]], ['crm', 'alert', [204]], ['crm', 'purchase', [204]],
  ])
})

test('H8 E3: a receiver that is down holds up neither the phone nor the others; it gets the same bytes under the same id, signed anew', async () => {
  const { mei, customer } = await friends('zhou')
  crm.answers((res) => void res.writeHead(503).end('later'))
  const { orderNo } = await customer.orders([coatInShop])
  await customer.pays(orderNo)
  await brand.settle()
  expect(mei.titles).toHaveLength(1)
  expect(bi.heard).toHaveLength(1)
  expect(crm.heard).toHaveLength(2)

  brand.clock.move(4_999)
  await brand.settle()
  expect(crm.heard).toHaveLength(2)
  crm.answers((res) => void res.writeHead(200).end('x'.repeat(200_000)))
  brand.clock.move(1)
  await brand.settle()
  expect(crm.heard).toHaveLength(4)
  const ids = crm.heard.map(({ headers }) => headers['webhook-id'])
  expect(new Set(ids).size).toBe(2)
  const same = crm.heard.filter(({ headers }) => headers['webhook-id'] === ids[0])
  expect(same[0]?.body).toBe(same[1]?.body)
  expect(Number(same[1]?.headers['webhook-timestamp']) - Number(same[0]?.headers['webhook-timestamp'])).toBe(5)
  expect(await log('waiting')).toEqual([])
  expect((await log('delivered')).find(({ id }) => id === ids[0])?.tries.map(({ status }) => status)).toEqual([503, 200])
})

test('H8: the ladder is climbed to its end, 24 hours later, and then no more; the log says what happened each time', async () => {
  const { does } = await friends('wu')
  const elsewhere = await openReceiver()
  crm.answers((res) => void res.writeHead(302, { location: elsewhere.url }).end())
  const start = brand.clock.now().getTime()
  await does('add-to-cart', coat)
  await brand.settle()
  for (const waitMs of retryWaitsMs) {
    brand.clock.move(waitMs)
    await brand.settle()
  }
  const tried = () => crm.heard.filter(({ body }) => body.includes('"added-to-basket"'))
  expect(tried()).toHaveLength(retryWaitsMs.length + 1)
  brand.clock.move(start + 24 * 3600_000 - brand.clock.now().getTime() - 1)
  await brand.settle()
  expect(tried()).toHaveLength(retryWaitsMs.length + 1)
  brand.clock.move(1)
  await brand.settle()
  await brand.passes(48 * 60)
  expect(tried()).toHaveLength(retryWaitsMs.length + 2)
  expect(elsewhere.heard).toEqual([])
  const given = (await log('given-up')).find(({ json }) => json.includes('"added-to-basket"'))
  expect(given?.tries.at(-1)).toMatchObject({ status: 302, problem: 'redirects are not followed' })
  expect(brand.log.lines.filter(({ msg }) => msg === 'webhook not taken').at(-1)).toMatchObject({ target: 'crm', status: 302 })
  await elsewhere.close()
  crm.answers((res) => void res.writeHead(204).end())
})
