import { randomUUID } from 'node:crypto'
import mongoose from 'mongoose'
import { input } from '../callbacks/listening.ts'
import { timesOf } from '../percentiles.ts'

/** What one store is asked to do. */
export interface WorkPlan {
  uri: string
  documents: number
  operations: number
}

/** Operations a second, and their times, by name. */
export interface Worked {
  perSecond: Record<string, number>
  p99: Record<string, number>
}

interface Thing {
  _id: number
  who: string
  at: Date
  count: number
  text: string
}

/** A collection of its own in a database of its own, dropped afterwards. */
const { uri, documents, operations } = input<WorkPlan>()
const inFlight = 32
const people = Math.max(1, Math.floor(documents / 50))
const connection = await mongoose.createConnection(uri, { dbName: `bench-${randomUUID().slice(0, 8)}`, writeConcern: { w: 'majority', journal: true } }).asPromise()
const things = connection.collection<Thing>('things')
await things.createIndex({ who: 1, at: -1 })
const worked: Worked = { perSecond: {}, p99: {} }

await insertAll()
await repeated('insert, one at a time', Math.min(operations, 1_000), 1, (index) => things.insertOne(thing(documents + index)))
await repeated(`insert, ${inFlight} in flight`, operations, inFlight, (index) => things.insertOne(thing(documents + 1_000_000 + index)))
await repeated('point read, one at a time', Math.min(operations, 2_000), 1, () => things.findOne({ _id: any() }))
await repeated(`point read, ${inFlight} in flight`, operations, inFlight, () => things.findOne({ _id: any() }))
await repeated('find-and-modify, one at a time', Math.min(operations, 1_000), 1, () => things.findOneAndUpdate({ _id: any() }, { $inc: { count: 1 } }))
await repeated(`find-and-modify, ${inFlight} in flight`, operations, inFlight, () => things.findOneAndUpdate({ _id: any() }, { $inc: { count: 1 } }))
await repeated('range of 30 by index, 32 in flight', operations, inFlight, () =>
  things.find({ who: `p${any() % people}` }).sort({ at: -1 }).limit(30).toArray(),
)
await connection.dropDatabase()
await connection.close()
process.send?.(worked)
process.disconnect?.()

async function insertAll(): Promise<void> {
  const started = performance.now()
  for (let from = 0; from < documents; from += 1_000) {
    await things.insertMany(Array.from({ length: Math.min(1_000, documents - from) }, (_, index) => thing(from + index)), { ordered: false })
  }
  worked.perSecond['bulk insert, 1,000 a command'] = (documents * 1000) / (performance.now() - started)
}

async function repeated(name: string, count: number, atOnce: number, one: (index: number) => Promise<unknown>): Promise<void> {
  const times: number[] = []
  let next = 0
  const started = performance.now()
  const lane = async () => {
    while (next < count) {
      const began = performance.now()
      await one(next++)
      times.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  worked.perSecond[name] = (count * 1000) / (performance.now() - started)
  worked.p99[name] = timesOf(times).p99
}

function thing(index: number): Thing {
  return { _id: index, who: `p${index % people}`, at: new Date(1_795_600_000_000 + index * 1000), count: 0, text: '羊绒大衣'.repeat(16) }
}

function any(): number {
  return Math.floor(Math.random() * documents)
}
