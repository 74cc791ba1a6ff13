import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { setAside } from '../../server/commands/setaside.ts'
import { ConfigInvalid } from '../../server/domain/errors.ts'
import { lookAt } from '../support/look.ts'
import { coatInShop } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
})
afterAll(async () => {
  await brand.close()
})

/** The command as an operator runs it, beside the running server. */
async function runs(...args: string[]): Promise<string> {
  const written: string[] = []
  const { inbox, replayLeft } = { ...brand.server.stores, ...brand.server.useCases }
  await setAside(args, { inbox, replayLeft, write: (text) => void written.push(text) })
  return written.join('')
}

const left = (state: 'set-aside' | 'unrecognised' | 'stuck') => brand.server.stores.inbox.list(state, 10)

/** The product before its fix: it cannot read this event, or has no use for it. */
async function beforeTheFix(kind: 'set-aside' | 'unrecognised'): Promise<void> {
  const { inbox } = brand.server.stores
  const taken = await inbox.take(10, brand.clock.now())
  await inbox.settle(taken.map(({ id }) => ({ id, outcome: kind, reason: 'order_info is missing' })), brand.clock.now())
}

async function friends(name: string) {
  const mei = brand.tencent.staff(`mei-of-${name}`, { name: '小梅' })
  const customer = brand.tencent.customer(name, { name: '林小姐' })
  await mei.adds(customer)
  await brand.settle()
  return { mei, customer }
}

test('B4 H6: what could not be read is listed with time, channel, size and reason, its bytes only when asked for', async () => {
  const { customer } = await friends('wang')
  const shop = brand.tencent.brand.shop.appId
  const secret = '王小姐的话'
  expect(await brand.tencent.sends('wechat-shop', {
    ToUserName: 'gh_mirashop', FromUserName: customer.openIds.shop, CreateTime: 1, MsgType: 'event',
    Event: 'channels_ec_order_new', note: `${secret}\u001b[31m`,
  })).toEqual([200])
  await brand.settle()
  const [one] = await left('set-aside')
  const listed = await runs()
  expect(listed).toContain(`set-aside: 1\n  ${one?.id}  2026-03-02T02:00:00Z  wechat-shop ${shop}  `)
  expect(listed).toContain('order_info is missing')
  expect(listed).toContain('stuck: 0\n')
  expect(listed).not.toContain(secret)
  const shown = await runs('--show', one?.id ?? '')
  expect(shown).toContain(secret)
  expect(shown).not.toContain('\u001b')
  expect(brand.log.text()).not.toContain(secret)

  // What our reading still cannot read stays where it is.
  expect(await runs('replay', '--all')).toBe('0 to be handled again by the server, 1 left as they are: our reading still has no use for them\n')
  expect(await left('set-aside')).toHaveLength(1)
})

test.each(['set-aside', 'unrecognised'] as const)('B4 H6: after a fix, what was %s is replayed: the phone rings once, however often', async (kind) => {
  const { mei, customer } = await friends(`lin-${kind}`)
  const { orderNo } = await customer.orders([coatInShop], { deliveries: 0 })
  await customer.pays(orderNo)
  await beforeTheFix(kind)
  await brand.settle()
  expect(mei.titles).toEqual([])

  const [one] = await left(kind)
  const words = kind === 'set-aside' ? ['replay', one?.id ?? ''] : ['replay', '--all', '--unrecognised']
  if (kind === 'unrecognised') await runs('replay', '--all')
  expect((await left(kind))[0]?.id).toBe(one?.id)
  expect(await runs(...words)).toContain('1 to be handled again by the server')
  await brand.settle()
  expect(mei.titles).toHaveLength(1)

  // The resend that arrives meanwhile, and reconciliation, tell nothing new.
  const letter = brand.tencent.letters.at(-1)
  if (letter) await brand.tencent.delivers(letter)
  await brand.passes(1)
  await brand.server.useCases.reconcileShop()
  await brand.settle()
  expect(mei.titles).toHaveLength(1)
  const paid = (await lookAt(brand, customer).timeline()).filter(({ kind: event }) => event === 'order-paid')
  expect(paid).toHaveLength(1)
})

test('B4 H6: one that got stuck is tried anew, and what had been done before is not done twice', async () => {
  const { mei, customer } = await friends('stuck')
  const { orderNo } = await customer.orders([coatInShop], { deliveries: 0 })
  // Our own bug: what follows the timeline fails, five times.
  const bug = vi.spyOn(brand.server.stores.memories, 'save').mockRejectedValue(new TypeError('a bug'))
  await customer.pays(orderNo)
  for (let minute = 0; minute < 12; minute += 1) await brand.passes(1)
  bug.mockRestore()
  await brand.settle()
  const [one] = await left('stuck')
  expect(one).toMatchObject({ attempts: 5, reason: 'TypeError' })
  expect(await runs()).toContain('5 tries  TypeError')
  expect(await runs('replay', '--all')).toContain('1 to be handled again')
  await brand.settle()
  expect(await left('stuck')).toEqual([])
  expect((await lookAt(brand, customer).timeline()).filter(({ kind }) => kind === 'order-paid')).toHaveLength(1)
  expect((await lookAt(brand, customer).alerts()).filter(({ rule }) => rule === 'order-paid')).toHaveLength(1)
  expect(mei.titles).toHaveLength(1)
})

test('B4 H6: wrong words and unknown ids are told', async () => {
  for (const args of [['replay'], ['replay', 'one', 'two'], ['replay', 'id', '--all'], ['erase'], ['--limit', '0'], ['--nonsense']]) {
    await expect(runs(...args)).rejects.toThrow(ConfigInvalid)
  }
  await expect(runs('replay', '0'.repeat(24))).rejects.toThrow('nothing that was left has the id')
  await expect(runs('--show', 'x')).rejects.toThrow('nothing that was left has the id x')
})
