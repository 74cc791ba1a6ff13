import type { Budget } from './budget.ts'
import type { Collection, Index } from './catalog.ts'
import { joined, readRecordId, recordKey, recordPrefix } from './keyspace.ts'
import type { Plan } from './planner.ts'
import type { Entry, Range, Storage } from './storage.ts'
import { after } from './storage.ts'
import type { KeyRange } from './stretches.ts'

/**
 * Where a scan has got to: the last entry read of each stretch. Plain data, so a cursor keeps it between batches and a
 * worker can go on from it; reading starts again behind that entry, whatever has changed meanwhile.
 */
export type Position = { branch: number, last: (Buffer | null)[] }

/** One hit of a scan, not yet checked against the filter. */
export type Hit = { recordId: number, record: Buffer, entry: Buffer | null, branch: number }

export const START: Position = { branch: 0, last: [] }

type Source = { storage: Storage, collection: Collection, budget: Budget }

const FIRST_CHUNK = 16
const LARGEST_CHUNK = 512

/** Reads what a plan names, in its order, and keeps `position` up to date with each hit given. */
export function* scan(source: Source, plan: Plan, position: Position): Generator<Hit> {
  if (plan.kind === 'or') yield* scanBranches(source, plan, position)
  else if (plan.kind === 'collection') yield* scanRecords(source, plan.reverse, position)
  else yield* scanIndex(source, plan, position)
}

function* scanBranches(source: Source, plan: Plan & { kind: 'or' }, position: Position): Generator<Hit> {
  for (; position.branch < plan.branches.length; position.branch++) {
    const branch = plan.branches[position.branch]
    if (branch === undefined) return
    const inner: Position = { branch: 0, last: position.last }
    for (const hit of scan(source, branch.plan, inner)) {
      position.last = inner.last
      yield { ...hit, branch: position.branch }
    }
    position.last = []
  }
}

function* scanRecords({ storage, collection, budget }: Source, reverse: boolean, position: Position): Generator<Hit> {
  const prefix = recordPrefix(collection.id)
  const reader = createReader((range) => storage.range(range), { from: prefix, to: after(prefix) }, reverse, position.last[0] ?? null)
  for (let entry = reader.next(); entry !== null; entry = reader.next()) {
    budget.spend('docs')
    position.last = [entry.key]
    yield { recordId: readRecordId(entry.key), record: entry.value, entry: null, branch: 0 }
  }
}

function* scanIndex(source: Source, plan: Plan & { kind: 'index' }, position: Position): Generator<Hit> {
  const entries = plan.merge ? merged(source, plan, position) : inTurn(source, plan, position)
  const isNew = newcomers(plan.index)
  for (const entry of entries) {
    const recordId = plan.index.unique ? readRecordId(entry.value) : readRecordId(entry.key)
    if (!isNew(recordId)) continue
    source.budget.spend('docs')
    const record = source.storage.get(recordKey(source.collection.id, recordId))
    if (record !== undefined) yield { recordId, record, entry: entry.key, branch: 0 }
  }
}

const MOST_REMEMBERED = 5000

/**
 * Whether a record comes for the first time since reading began, where one may have several keys. Only spares reading it
 * again: the caller finds out for itself which of the keys counts, since a cursor goes on without this memory.
 */
function newcomers(index: Index): (recordId: number) => boolean {
  if (!index.multikey.includes(true)) return () => true
  const met = new Set<number>()
  return (recordId) => {
    if (met.has(recordId)) return false
    if (met.size < MOST_REMEMBERED) met.add(recordId)
    return true
  }
}

type Reader = { next(): Entry | null }

/** Reads a stretch in growing chunks, from behind `last` on; the stretch is complete when a chunk comes back short. */
function createReader(read: (range: Range) => Entry[], range: Range, reverse: boolean, last: Buffer | null, first = FIRST_CHUNK): Reader {
  let chunk: Entry[] = []
  let at = 0
  let size = first
  let from = last !== null && !reverse ? justAfter(last) : range.from
  let to = last !== null && reverse ? last : range.to
  let complete = Buffer.compare(from, to) >= 0
  return {
    next() {
      if (at >= chunk.length) {
        if (complete) return null
        chunk = read({ from, to, reverse, limit: size })
        at = 0
        complete = chunk.length < size
        size = Math.min(size * 2, LARGEST_CHUNK)
        const end = chunk.at(-1)
        if (end === undefined) return null
        if (reverse) to = end.key
        else from = justAfter(end.key)
      }
      return chunk[at++] ?? null
    },
  }
}

function justAfter(key: Buffer): Buffer {
  return joined(key, ZERO)
}

const ZERO = Buffer.from([0])
const NOTHING = Buffer.alloc(0)

/** The entries of an index; those of one that is not unique say all in their keys. */
function entryReader({ storage }: Source, index: Index): (range: Range) => Entry[] {
  if (index.unique) return (range) => storage.range(range)
  return (range) => storage.keys(range).map((key) => ({ key, value: NOTHING }))
}

/** One stretch after the other; `position.branch` counts them here, as an `$or` hands each branch a position of its own. */
function* inTurn(source: Source, plan: Plan & { kind: 'index' }, position: Position): Generator<Entry> {
  const ranges = plan.reverse ? [...plan.ranges].reverse() : plan.ranges
  const done = position.last[0] ?? null
  const startAt = done === null ? 0 : ranges.findIndex(({ from, to }) => (plan.reverse ? Buffer.compare(done, from) >= 0 : Buffer.compare(done, to) < 0))
  if (startAt < 0) return
  const left = ranges.slice(startAt)
  const sparse = left.length > 1 && !plan.reverse && !(left[0]?.exact === true && plan.index.unique)
  for (const entry of sparse ? leaping(source, plan.index, left, done) : stretchwise(source, plan, left, done)) {
    source.budget.spend('keys')
    position.last = [entry.key]
    yield entry
  }
}

function* stretchwise(source: Source, { index, reverse }: Plan & { kind: 'index' }, ranges: readonly KeyRange[], done: Buffer | null): Generator<Entry> {
  const read = entryReader(source, index)
  for (const [offset, range] of ranges.entries()) {
    const last = offset === 0 && done !== null && inside(done, range) ? done : null
    if (range.exact && index.unique) {
      const value = last === null ? source.storage.get(range.from) : undefined
      if (value !== undefined) yield { key: range.from, value }
      else source.budget.spend('misses')
      continue
    }
    const reader = createReader(read, range, reverse, last)
    let entry = reader.next()
    if (entry === null) source.budget.spend('misses')
    for (; entry !== null; entry = reader.next()) yield entry
  }
}

/**
 * Many stretches in ascending order, most of them short or empty. Reading looks past the end of each: the entry met there
 * tells which of the following hold nothing, so that they need not be looked into.
 */
function* leaping(source: Source, index: Index, ranges: readonly KeyRange[], done: Buffer | null): Generator<Entry> {
  const read = entryReader(source, index)
  const end = ranges.at(-1)?.to ?? NOTHING
  let beyond: Buffer | null = null
  for (const [offset, range] of ranges.entries()) {
    if (beyond !== null && Buffer.compare(beyond, range.to) >= 0) continue
    const last = offset === 0 && done !== null && inside(done, range) ? done : null
    const reader = createReader(read, { from: range.from, to: end }, false, last, 4)
    let entry = reader.next()
    if (entry === null || Buffer.compare(entry.key, range.to) >= 0) source.budget.spend('misses')
    for (; entry !== null && Buffer.compare(entry.key, range.to) < 0; entry = reader.next()) yield entry
    if (entry === null) return
    beyond = entry.key
  }
}

function inside(key: Buffer, { from, to }: KeyRange): boolean {
  return Buffer.compare(key, from) >= 0 && Buffer.compare(key, to) < 0
}

type Head = { entry: Entry, reader: Reader, range: number, shared: number }

/** All stretches together, in the order of what follows their shared beginning: `$in` on a prefix, sorted by the rest. */
function* merged(source: Source, plan: Plan & { kind: 'index' }, position: Position): Generator<Entry> {
  const heads: Head[] = []
  const read = entryReader(source, plan.index)
  const last = plan.ranges.map((_range, index) => position.last[index] ?? null)
  plan.ranges.forEach((range, index) => {
    const reader = createReader(read, range, plan.reverse, last[index] ?? null, 4)
    const entry = reader.next()
    if (entry === null) source.budget.spend('misses')
    else heads.push({ entry, reader, range: index, shared: range.shared })
  })
  const before = (a: Head, b: Head): boolean => mergeOrder(a.entry.key, a.shared, b.entry.key, b.shared) < 0 !== plan.reverse
  heapify(heads, before)
  for (let head = heads[0]; head !== undefined; head = heads[0]) {
    const { entry } = head
    const next = head.reader.next()
    if (next !== null) head.entry = next
    else {
      const tail = heads.pop()
      if (tail !== undefined && heads.length > 0 && tail !== head) heads[0] = tail
    }
    sink(heads, 0, before)
    source.budget.spend('keys')
    last[head.range] = entry.key
    position.last = last
    yield entry
  }
}

/** Order of two entries by what follows the shared beginning, then as a whole, so that it is the same every time. */
export function mergeOrder(a: Buffer, sharedA: number, b: Buffer, sharedB: number): number {
  return Buffer.compare(a.subarray(sharedA), b.subarray(sharedB)) || Buffer.compare(a, b)
}

function heapify(heads: Head[], before: (a: Head, b: Head) => boolean): void {
  for (let index = (heads.length >> 1) - 1; index >= 0; index--) sink(heads, index, before)
}

function sink(heads: Head[], start: number, before: (a: Head, b: Head) => boolean): void {
  let at = start
  for (;;) {
    let least = at
    for (const child of [2 * at + 1, 2 * at + 2]) {
      const [candidate, best] = [heads[child], heads[least]]
      if (candidate !== undefined && best !== undefined && before(candidate, best)) least = child
    }
    const [here, there] = [heads[at], heads[least]]
    if (least === at || here === undefined || there === undefined) return
    heads[at] = there
    heads[least] = here
    at = least
  }
}
