import { afterEach, expect, test, vi } from 'vitest'
import { links } from '../../server/commands/links.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import { diesAt, type Stage } from '../support/crash.ts'
import { basketOfLin, mallJoin, mallKey } from '../support/linking.ts'
import { lookAt } from '../support/look.ts'
import { coat, inMall, scarf } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

afterEach(() => vi.restoreAllMocks())

const bothTakenBack = ['added-to-basket superseded', 'basket-not-ordered superseded']

/** What is stored of a customer, as far as it should end the same. */
async function stateOf(brand: TestBrand, customer: CustomerActor) {
  const look = lookAt(brand, customer)
  const persons = await look.persons()
  const memories = await brand.server.stores.memories.load(persons.map(({ id }) => id))
  return {
    persons,
    memories: persons.map(({ id }) => memories.get(id)?.memory),
    alerts: (await look.alerts()).map(({ rule, state }) => `${rule} ${state}`).toSorted(),
    standing: await look.standing(),
    timeline: (await look.timeline()).map(({ kind }) => kind),
  }
}

test('C1: a join undone takes back what rested on it, and joined again all is as it was', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const { mei, lin } = await basketOfLin(brand)
  const look = lookAt(brand, lin)
  const first = await stateOf(brand, lin)
  expect(first.persons).toHaveLength(1)
  expect(first.alerts).toEqual(['added-to-basket sent', 'basket-not-ordered sent'])
  const rung = mei.phone.length

  const { id } = await mallJoin(brand, lin)
  await brand.server.useCases.undoJoin.undo(id)
  await brand.settle()
  const apart = await stateOf(brand, lin)
  expect(apart.persons).toHaveLength(2)
  expect(apart.alerts).toEqual(bothTakenBack)
  expect(apart.timeline).toEqual(first.timeline)

  // Neither a login nor a reading of the contact makes them one again, and nobody is told what the visitor does.
  await lin.startsMallSession()
  await inMall(brand.clock, lin)('add-to-cart', scarf)
  await brand.server.useCases.syncContacts()
  await brand.passes(121)
  expect(await look.persons()).toHaveLength(2)
  expect((await look.alerts()).map(({ rule, state }) => `${rule} ${state}`).toSorted()).toEqual(bothTakenBack)
  expect(mei.phone.length).toBe(rung)

  await brand.server.useCases.undoJoin.redo(id)
  await brand.settle()
  const again = await stateOf(brand, lin)
  expect(again.persons).toEqual(first.persons)
  expect(again.alerts).toEqual(first.alerts)
  expect(again.standing).toEqual(expect.arrayContaining([...first.standing]))
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

test('C1: join, undo and join again leave person, memory, signals and alerts as the first join did', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  await inMall(brand.clock, lin)('add-to-cart', coat)
  await inMall(brand.clock, lin)('view-item', scarf)
  await brand.passes(10)
  await mei.adds(lin)
  await brand.settle()
  const first = await stateOf(brand, lin)
  expect(first.alerts).toEqual(['briefing sent'])
  for (const join of await brand.server.useCases.undoJoin.joins(mallKey(brand, lin))) {
    await brand.server.useCases.undoJoin.undo(join.id)
    await brand.settle()
    expect((await stateOf(brand, lin)).alerts).toEqual(['briefing superseded'])
    await brand.server.useCases.undoJoin.redo(join.id)
    await brand.settle()
    expect(await stateOf(brand, lin)).toEqual(first)
  }
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

test('C1: two processes undo at once: one undoing, one end', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const next = await brand.another()
  const { lin } = await basketOfLin(brand)
  const { id } = await mallJoin(brand, lin)
  const results = await Promise.all([brand.server, next, brand.server, next].map(({ useCases }) => useCases.undoJoin.undo(id)))
  expect(results.filter(({ changed }) => changed)).toHaveLength(1)
  await Promise.all([brand.server, next].map(({ useCases }) => useCases.worker.drain()))
  await brand.settle()
  const end = await stateOf(brand, lin)
  expect(end.persons).toHaveLength(2)
  expect(end.alerts).toEqual(bothTakenBack)
  expect(await brand.server.stores.people.unsettled(10)).toEqual([])
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

const stages: readonly Stage[] = [
  { port: 'people', method: 'undo', when: 'after' },
  { port: 'memories', method: 'save', when: 'before' },
  { port: 'memories', method: 'save', when: 'after' },
  { port: 'live', method: 'publish', when: 'before' },
  { port: 'people', method: 'settled', when: 'before' },
]

test('C1 B1: wherever a process dies between the undoing and what follows, another finishes it', { timeout: 120_000 }, async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const { lin } = await basketOfLin(brand)
  const { id } = await mallJoin(brand, lin)
  await brand.server.useCases.undoJoin.undo(id)
  await brand.settle()
  await brand.server.useCases.undoJoin.redo(id)
  await brand.settle()
  const first = await stateOf(brand, lin)
  for (const stage of stages) {
    const death = diesAt(brand, stage)
    await brand.server.useCases.undoJoin.undo(id).catch(() => undefined)
    await brand.settle().catch(() => undefined)
    expect(death.reached(), `${stage.when} ${stage.port}.${stage.method}`).toBe(true)
    vi.restoreAllMocks()
    await brand.settle()
    const end = await stateOf(brand, lin)
    expect(end.persons).toHaveLength(2)
    expect(end.alerts).toEqual(bothTakenBack)
    await brand.server.useCases.undoJoin.redo(id)
    await brand.settle()
    expect(await stateOf(brand, lin)).toEqual(first)
  }
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

test('C1: an operator finds a join by command, with its evidence, takes it back and lets it stand again', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const { lin } = await basketOfLin(brand)
  const { undoJoin } = brand.server.useCases
  const said = async (...args: string[]) => {
    const written: string[] = []
    await links(args, { undoJoin, write: (text) => void written.push(text) })
    return written.join('')
  }
  const { id } = await mallJoin(brand, lin)
  const shown = await said('show', lin.externalUserId)
  expect(shown).toContain(`${id}  2026-03-02T02:01:00Z  ${mallKey(brand, lin)} = unionid:${lin.unionId}  by code2session`)
  expect(await said('show', `unionid:${lin.unionId}`)).toBe(shown)
  expect(await said('show', 'wmNobody')).toBe('nothing is joined with external:wmNobody\n')
  expect(await said('undo', id)).toMatch(/^undone; .*\n {2}.*\n {2}.*\n$/)
  expect(await said('undo', id)).toContain('it was undone before')
  expect(await said('show', mallKey(brand, lin))).toContain('undone 2026-03-02T04:02:00Z')
  expect(await said('redo', id)).toMatch(/^stands again; .*\n {2}.*\n$/)
  await expect(said('undo', 'none')).rejects.toThrow('no join')
  await expect(said('forget', id)).rejects.toThrow('npm run links')
  await expect(said('show')).rejects.toThrow('npm run links')
  await brand.close()
})
