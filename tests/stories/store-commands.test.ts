import { expect, test, vi } from 'vitest'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import { diesAt } from '../support/crash.ts'
import { lookAt } from '../support/look.ts'
import { openBrand } from '../support/open-brand.ts'

/** What a batch of 200 may ask the store, with alerts in it, and what follows when the inbox is empty. */
const mostCommands = 36
const batch = 200

test('E1 B1: how often a batch asks the store does not depend on how many customers are in it, or earn an alert', async () => {
  let commands: string[] = []
  const brand = await openBrand({
    server: { onCommand: ({ commandName, command }) => void commands.push(`${commandName} ${String(command[commandName])}`) },
  })
  const { tencent, settle, clock } = brand
  const staff = ['mei', 'yun', 'anna', 'su'].map((name) => tencent.staff(name))
  const customers = Array.from({ length: 16 }, (_, index) => tencent.customer(`buyer${index}`))
  for (const [index, customer] of customers.entries()) {
    await customer.follows()
    await staff[index % staff.length]?.adds(customer)
  }
  await settle()

  /** Each of these asks for a price, and all tap until there are 200; what handling it asks the store. */
  async function handled(among: readonly CustomerActor[]): Promise<readonly string[]> {
    clock.move(48 * 3600_000)
    await settle()
    await Promise.all(among.map((customer) => customer.writes('这件多少钱')))
    const taps = Array.from({ length: batch - among.length }, (_, index) => among[index % among.length]?.taps(`MENU_${index}`))
    await Promise.all(taps)
    commands = []
    await brand.server.useCases.worker.drainInbox()
    const asked = [...commands]
    await settle()
    return asked.filter((one) => !one.endsWith(' leases') && !one.endsWith(' live')).toSorted()
  }

  const ringing = () => staff.reduce((sum, { phone }) => sum + phone.length, 0)
  const before = ringing()
  const few = await handled(customers.slice(0, 4))
  expect(ringing()).toBeGreaterThan(before)
  const many = await handled(customers)
  expect(many).toEqual(few)
  expect(many.length).toBeLessThanOrEqual(mostCommands)
  expect(many.some((one) => one.startsWith('getMore'))).toBe(false)
  expect(tencent.problems).toEqual([])
  await brand.close()
})

test('B1: a batch that fails has ended altogether: nothing of it is still being written when it is repeated', async () => {
  const brand = await openBrand()
  const { stores, useCases } = brand.server
  const lin = brand.tencent.customer('lin')
  await lin.follows()
  await brand.tencent.staff('mei').adds(lin)
  await brand.settle()
  await lin.writes('这件多少钱')
  const publish = stores.live.publish.bind(stores.live)
  const under = { way: 0 }
  vi.spyOn(stores.live, 'publish').mockImplementation(async (news) => {
    under.way += 1
    await publish(news)
    under.way -= 1
  })
  const put = vi.spyOn(stores.signals, 'put').mockRejectedValueOnce(new StoreUnavailable())
  await expect(useCases.worker.drainInbox()).rejects.toThrow(StoreUnavailable)
  expect([put.mock.calls.length, under.way]).toEqual([1, 0])
  vi.restoreAllMocks()
  await brand.settle()
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

test('E1 B1: of many at once two parts are handled side by side; one that dies half-way is repeated with the other, and nothing doubles', async () => {
  const brand = await openBrand()
  const { tencent, settle } = brand
  const mei = tencent.staff('mei')
  const customers = Array.from({ length: 12 }, (_, index) => tencent.customer(`buyer${index}`))
  for (const customer of customers) {
    await customer.follows()
    await mei.adds(customer)
  }
  await settle()
  const [before, many] = [mei.phone.length, 18]
  for (const customer of customers) {
    await Promise.all([customer.writes('这件多少钱'), ...Array.from({ length: many }, (_, index) => customer.taps(`MENU_${index}`))])
  }
  const batches = vi.spyOn(brand.server.stores.inbox, 'take')
  const loads = vi.spyOn(brand.server.stores.memories, 'load')
  const death = diesAt(brand, { port: 'memories', method: 'save', when: 'after' })
  await expect(brand.server.useCases.worker.drainInbox()).rejects.toThrow(StoreUnavailable)
  expect(death.reached()).toBe(true)
  expect([batches.mock.calls.length, loads.mock.calls.length]).toEqual([1, 2])
  vi.restoreAllMocks()
  await settle()

  expect(mei.phone).toHaveLength(before + customers.length)
  for (const customer of customers) {
    const taps = (await lookAt(brand, customer).timeline()).filter(({ kind }) => kind === 'tapped-menu')
    expect(taps).toHaveLength(many)
  }
  expect(tencent.problems).toEqual([])
  await brand.close()
})
