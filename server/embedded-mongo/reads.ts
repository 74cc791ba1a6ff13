import { createBudget } from './budget.ts'
import { decodeDoc } from './bson-read.ts'
import { encodeDoc } from './bson-write.ts'
import type { Collection } from './catalog.ts'
import type { ReadEnvironment } from './environment.ts'
import { commandVariables, deadlineOf } from './environment.ts'
import { badValue, MongoRefusal, typeMismatch } from './errors.ts'
import type { Variables } from './expression-types.ts'
import type { Projector } from './projection.ts'
import { compileProjection } from './projection.ts'
import { runPipeline } from './pipeline.ts'
import { givesOrder, planMark } from './planner.ts'
import type { Match, Query, Source } from './query.ts'
import { checkMemory, makeQuery, matchesInPlanOrder, orderedMatches, sortedMatches } from './query.ts'
import type { Position } from './scan.ts'
import { compare, encodeKey } from './order.ts'
import { owned } from './storage.ts'
import { visitPath, MISSING } from './paths.ts'
import type { Doc, Value } from './values.ts'
import { doc, isDoc, isNumeric, toNumber } from './values.ts'

/**
 * How far a cursor has got; plain data. Either results are at hand (`ready`), or the scan goes on from `position`, which
 * means something only under the plan it was reached by (`plan`; null before anything was read).
 */
export type ReadState = { position: Position, plan: string | null, skip: number, remaining: number, ready: Buffer[] | null }

/** How much one batch may hold, and how many documents and keys may be examined for it. */
export type BatchLimits = { batchSize: number, examine: number }

/** One batch. `state` is null when nothing is left. */
export type Batch = { docs: Buffer[], state: ReadState | null }

/** So many results may hold more memory than their own: a first batch, and most answers. */
const FEW = 128

const MAX_BATCH_BYTES = 15 * 1024 * 1024

/** Reads one batch of a find or aggregate command. @throws TooLong beyond `limits.examine`. */
export function readBatch(environment: ReadEnvironment, command: Doc, state: ReadState | null, limits: BatchLimits): Batch {
  if (state?.ready) return takeReady(state.ready, state, limits)
  return command.has('find') ? readFind(environment, command, state, limits) : readAggregate(environment, command, limits)
}

/** Hands out results that are at hand. */
export function takeReady(ready: Buffer[], state: ReadState, { batchSize }: BatchLimits): Batch {
  let bytes = 0
  let count = 0
  while (count < ready.length && count < batchSize) {
    bytes += ready[count]?.length ?? 0
    if (count > 0 && bytes > MAX_BATCH_BYTES) break
    count++
  }
  const rest = ready.slice(count)
  return { docs: ready.slice(0, count), state: rest.length === 0 ? null : { ...state, ready: rest } }
}

function targetOf(environment: ReadEnvironment, command: Doc, name: Value): Collection | undefined {
  return environment.catalog.find(String(command.get('$db')), String(name))
}

/** A whole number that is not negative, from a command's option. */
export function countOption(command: Doc, name: string, fallback: number): number {
  const value = command.get(name)
  if (value === undefined || value === null) return fallback
  if (!isNumeric(value)) throw typeMismatch(`BSON field '${name}' is the wrong type, expected a number`)
  const amount = Math.trunc(toNumber(value))
  if (amount < 0) throw badValue(`BSON field '${name}' value must be >= 0, actual value '${amount}'`)
  return amount
}

function readFind(environment: ReadEnvironment, command: Doc, state: ReadState | null, limits: BatchLimits): Batch {
  const variables = commandVariables(command, environment.now())
  const projector = projectorOf(command.get('projection'), variables)
  const collection = targetOf(environment, command, command.get('find'))
  const limit = countOption(command, 'limit', 0) || Number.MAX_SAFE_INTEGER
  const at = state ?? { position: { branch: 0, last: [] }, plan: null, skip: countOption(command, 'skip', 0), remaining: limit, ready: null }
  if (collection === undefined) {
    makeQuery(EMPTY, command.get('filter'), command.get('sort'), undefined, variables)
    return { docs: [], state: null }
  }
  const source: Source = { storage: environment.storage, collection, budget: createBudget(limits.examine, deadlineOf(command)) }
  const query = makeQuery(collection, command.get('filter'), command.get('sort'), command.get('hint'), variables)
  refuseOtherPlan(at, `${collection.id} ${planMark(query.plan)}`)
  if (givesOrder(query.plan, query.sort)) return readOn(source, query, projector, at, limits)
  const matches = sortedMatches(source, query, Math.min(at.skip + at.remaining, Number.MAX_SAFE_INTEGER)).slice(at.skip)
  const ready = matches.map((match) => projected(match, projector))
  return takeReady(ready, { ...at, ready }, limits)
}

/** @throws MongoRefusal QueryPlanKilled when the indexes have changed so that the cursor would be read another way. */
function refuseOtherPlan({ plan }: ReadState, now: string): void {
  if (plan !== null && plan !== now) throw new MongoRefusal(175, 'operation terminated because the indexes it was planned with have changed')
}

const EMPTY: Collection = { id: 0, db: '', name: '', uuid: null as never, indexes: [], count: 0, nextRecord: 1 }

function projectorOf(projection: Value, variables: Variables): Projector | null {
  if (projection === undefined || projection === null) return null
  if (!isDoc(projection)) throw typeMismatch("BSON field 'find.projection' is the wrong type, expected type 'object'")
  return projection.size === 0 ? null : compileProjection(projection, 'find', variables)
}

/** What goes out: the record as it lies on disk, or what the projection makes of the fields it looks at. */
function projected({ record, detail }: Match, projector: Projector | null): Buffer {
  return projector === null ? record : encodeDoc(projector.project(decodeDoc(record, projector.fields), detail))
}

function readOn(source: Source, query: Query, projector: Projector | null, state: ReadState, { batchSize }: BatchLimits): Batch {
  const docs: Buffer[] = []
  let bytes = 0
  let { skip, remaining } = state
  const position: Position = { branch: state.position.branch, last: [...state.position.last] }
  if (batchSize === 0) return { docs, state: { ...state, position } }
  for (const match of matchesInPlanOrder(source, query, position)) {
    if (skip > 0) {
      skip--
      continue
    }
    const bytesOut = projected(match, projector)
    docs.push(docs.length < FEW ? bytesOut : owned(bytesOut))
    bytes += bytesOut.length
    remaining--
    if (remaining === 0) return { docs, state: null }
    if (docs.length >= batchSize || bytes > MAX_BATCH_BYTES) return { docs, state: { position, plan: `${source.collection.id} ${planMark(query.plan)}`, skip, remaining, ready: null } }
  }
  return { docs, state: null }
}

function readAggregate(environment: ReadEnvironment, command: Doc, limits: BatchLimits): Batch {
  const budget = createBudget(limits.examine, deadlineOf(command))
  const ready: Buffer[] = []
  let bytes = 0
  for (const result of runPipeline(environment, command, budget)) {
    const encoded = encodeDoc(result)
    bytes += encoded.length
    checkMemory(bytes)
    ready.push(ready.length < FEW ? encoded : owned(encoded))
  }
  return takeReady(ready, { position: { branch: 0, last: [] }, plan: null, skip: 0, remaining: 0, ready }, limits)
}

/** The answer to `count`. Without a filter it is the kept number. */
export function readCount(environment: ReadEnvironment, command: Doc, examine: number): number {
  const collection = targetOf(environment, command, command.get('count'))
  const limit = Math.abs(numberOption(command, 'limit')) || Number.MAX_SAFE_INTEGER
  const skip = countOption(command, 'skip', 0)
  if (collection === undefined) return 0
  const filter = command.get('query')
  if (!isDoc(filter) || filter.size === 0) return Math.min(Math.max(0, collection.count - skip), limit)
  const source = { storage: environment.storage, collection, budget: createBudget(examine, deadlineOf(command)) }
  const query = makeQuery(collection, filter, undefined, command.get('hint'), commandVariables(command, environment.now()))
  let count = 0
  for (const _match of matchesInPlanOrder(source, query, { branch: 0, last: [] })) {
    count++
    if (count - skip >= limit) break
  }
  return Math.max(0, count - skip)
}

function numberOption(command: Doc, name: string): number {
  const value = command.get(name)
  return isNumeric(value) ? Math.trunc(toNumber(value)) : 0
}

/** The answer to `distinct`: each value once, in comparison order; an array counts as its elements. */
export function readDistinct(environment: ReadEnvironment, command: Doc, examine: number): Value[] {
  const key = command.get('key')
  if (typeof key !== 'string') throw typeMismatch("BSON field 'distinct.key' is the wrong type, expected type 'string'")
  const collection = targetOf(environment, command, command.get('distinct'))
  if (collection === undefined) return []
  const source = { storage: environment.storage, collection, budget: createBudget(examine, deadlineOf(command)) }
  const query = makeQuery(collection, command.get('query'), undefined, command.get('hint'), commandVariables(command, environment.now()))
  const values = new Map<string, Value>()
  const parts = key.split('.')
  const own = new Set(parts.slice(0, 1))
  for (const { record } of orderedMatches(source, query)) {
    visitPath(decodeDoc(record, own), parts, false, (found) => {
      const each = found === MISSING ? [] : Array.isArray(found) ? found : [found]
      for (const value of each) values.set(encodeKey(value).toString('latin1'), value)
      return false
    })
  }
  return [...values.values()].sort(compare)
}

/** `{ cursor: { id, ns, firstBatch } }` or `nextBatch`. */
export function cursorReply(id: bigint, ns: string, field: 'firstBatch' | 'nextBatch', docs: Buffer[]): Doc {
  return doc({ cursor: doc({ [field]: docs, id, ns }), ok: OK })
}

/** `ok: 1.0` is a Double in MongoDB's replies. */
export const OK: Value = 1


/**
 * The ids of the records that match `q` in the collection `records`: a long search for a write, done ahead of it on a
 * worker. The write looks at each of them again.
 */
export function matchingRecords(environment: ReadEnvironment, command: Doc): number[] {
  const collection = targetOf(environment, command, command.get('records'))
  if (collection === undefined) return []
  const source = { storage: environment.storage, collection, budget: createBudget(Infinity, 0) }
  const query = makeQuery(collection, command.get('q'), command.get('sort'), command.get('hint'), commandVariables(command, environment.now()))
  const most = countOption(command, 'most', 0) || Number.MAX_SAFE_INTEGER
  const out: number[] = []
  for (const { recordId } of orderedMatches(source, query, most)) if (out.push(recordId) >= most) break
  return out
}
