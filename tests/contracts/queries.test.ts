import mongoose, { mongo } from 'mongoose'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Stores } from '../../server/adapters/mongo/connect.ts'
import { openTestStores, type TestStores } from '../support/store.ts'
import { useEverything } from './use-everything.ts'

/** A query as one of our commands carried it. */
interface Query {
  collection: string
  filter: mongo.Document
  sort: mongo.Document
}

const commands: mongo.Document[] = []
const queries: Query[] = []
let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores({
    onCommand({ command }) {
      commands.push(command)
      queries.push(...queriesOf(command))
    },
  })
})
afterAll(() => stores.drop())

function queriesOf(command: mongo.Document): readonly Query[] {
  if (command.find) return [{ collection: command.find, filter: command.filter, sort: command.sort ?? {} }]
  if (command.findAndModify) return [{ collection: command.findAndModify, filter: command.query, sort: {} }]
  if (command.distinct) return [{ collection: command.distinct, filter: command.query, sort: {} }]
  if (command.aggregate) return [{ collection: command.aggregate, filter: command.pipeline[0].$match, sort: {} }]
  const writes: readonly mongo.Document[] = command.updates ?? command.deletes ?? []
  return writes.map(({ q }) => ({ collection: command.update ?? command.delete, filter: q, sort: {} }))
}

/** Calls through, noting `store.method`. */
function noting<Store extends object>(name: string, store: Store, called: Set<string>): Store {
  return new Proxy(store, {
    get(target, method, receiver) {
      called.add(`${name}.${String(method)}`)
      return Reflect.get(target, method, receiver)
    },
  })
}

function methodsOf(all: Stores): readonly string[] {
  return Object.entries(all).flatMap(([name, store]) =>
    typeof store === 'object' && store !== null ? Object.keys(store).map((method) => `${name}.${method}`) : [],
  )
}

test('I2: every query that any store makes goes by an index', async () => {
  const called = new Set<string>(['live.close', 'live.subscribe'])
  const noted = Object.fromEntries(
    Object.entries(stores).map(([name, store]) => [
      name,
      typeof store === 'object' && store !== null ? noting(name, store, called) : store,
    ]),
  ) as unknown as Stores
  const subscription = stores.live.subscribe(() => undefined)
  await useEverything(noted)
  await vi.waitFor(() => expect(queries.some(({ collection }) => collection === 'live')).toBe(true), { timeout: 30_000 })
  subscription.close()
  // `history` reads everything, for rebuilding and comparing; there an index would be a detour.
  expect(methodsOf(stores).filter((method) => !called.has(method) && !method.startsWith('history.'))).toEqual([])

  const connection = await mongoose.createConnection(stores.uri).asPromise()
  const made = [...queries]
  const scans: string[] = []
  for (const { collection, filter, sort } of made) {
    const plan = await connection.collection(collection).find(filter, { sort }).explain('queryPlanner')
    const winning = JSON.stringify(plan.queryPlanner.winningPlan)
    expect(winning).toContain('"stage"')
    if (winning.includes('COLLSCAN')) scans.push(`${collection} ${JSON.stringify({ filter, sort })}`)
  }
  await connection.close()
  expect(made.length).toBeGreaterThan(60)
  expect(scans).toEqual([])
})

/** The portable subset that the whole product keeps to, as far as the stores need it. */
const subset = {
  commands: 'insert find getMore update delete findAndModify aggregate distinct createIndexes listCollections ping hello endSessions',
  filters: '$eq $ne $gt $gte $lt $lte $in $nin $exists $type $and $or $nor $not $all $elemMatch $size $regex $mod',
  updates: '$set $unset $inc $mul $min $max $setOnInsert $currentDate $rename $push $addToSet $pull $pullAll $pop',
  stages: '$match $group $sort $limit $skip $project',
}

function outside(used: readonly string[], allowed: string): readonly string[] {
  const names = new Set(allowed.split(' '))
  return used.filter((name) => !names.has(name))
}

test('I2: no store uses a command, operator or stage outside the portable subset, nor a transaction', () => {
  const updates = commands.flatMap(({ update, updates: list, findAndModify, update: change }) => {
    const changes: readonly mongo.Document[] = findAndModify ? [change] : update ? list.map(({ u }: mongo.Document) => u) : []
    return changes.flatMap((each) => Object.keys(each)).filter((name) => name.startsWith('$'))
  })
  const stages = commands.flatMap(({ pipeline }) => (pipeline ?? []).flatMap(Object.keys))
  expect(updates.length).toBeGreaterThan(20)
  expect(stages.length).toBeGreaterThan(3)
  expect(outside(commands.flatMap((command) => Object.keys(command).slice(0, 1)), subset.commands)).toEqual([])
  expect(outside(queries.flatMap(({ filter }) => operatorsOf(filter)), subset.filters)).toEqual([])
  expect(outside(updates, subset.updates)).toEqual([])
  expect(outside(stages, subset.stages)).toEqual([])
  expect(commands.filter((command) => 'startTransaction' in command || 'autocommit' in command)).toEqual([])
})

function operatorsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(operatorsOf)
  if (typeof value !== 'object' || value === null || value instanceof Date) return []
  return Object.entries(value).flatMap(([name, each]) => [...(name.startsWith('$') ? [name] : []), ...operatorsOf(each)])
}
