import { ObjectId, Timestamp } from 'bson'
import { decodeDoc } from './bson-read.ts'
import { underIdOf, withFields } from './bson-walk.ts'
import { encodeStored } from './bson-write.ts'
import { badValue, MongoRefusal } from './errors.ts'
import type { Filter } from './filter.ts'
import type { Fields } from './looked-at.ts'
import type { Found } from './paths.ts'
import { isPosition, MISSING } from './paths.ts'
import { show } from './show.ts'
import type { ChangeContext } from './update-fields.ts'
import { refuseIdChange } from './update-fields.ts'
import type { Change, Rename, Update } from './update-parse.ts'
import type { Doc, Value } from './values.ts'
import { clone, isDoc } from './values.ts'

/** How an update meets one document. `position` is what `$` stands for, if the filter met an array element. */
export type ApplyOptions = { position: number | null, isInsert: boolean, now: number }

/** Operators that find nothing to do where the field is missing. */
const ONLY_EXISTING = new Set(['$unset', '$pull', '$pullAll', '$pop'])

const MAX_PADDING = 1500000

type Container = Doc | Value[]

/**
 * The document after the update; `doc` may be changed in place and must not be used afterwards.
 * @throws MongoRefusal ImmutableField, PathNotViable, TypeMismatch and the like.
 */
export function applyUpdate(doc: Doc, update: Update, options: ApplyOptions): Doc {
  const id = doc.get('_id')
  if (update.kind === 'replacement') return replace(doc.has('_id') ? id : undefined, decodeDoc(update.bytes), options)
  const walk: Walk = { doc, isInsert: options.isInsert, now: options.now, options, filters: update.arrayFilters }
  for (const change of update.changes) {
    if (change.operator === '$setOnInsert' && !options.isInsert) continue
    changeAt(doc, change, 0, walk)
  }
  for (const rename of update.renames) applyRename(doc, rename)
  if (id !== undefined) refuseIdChange(id, doc.get('_id'), false)
  return doc
}

/**
 * The encoded document after the update, and the top-level fields that may have changed (null: any). What an update does
 * not look at is taken over as it lies there.
 * @throws MongoRefusal as applyUpdate
 */
export function changedRecord(record: Buffer, update: Update, options: ApplyOptions): { bytes: Buffer, touched: Fields } {
  if (update.kind === 'replacement' && !update.timestamps) return { bytes: replaced(record, update.bytes), touched: null }
  const { looked, touched } = update.kind === 'changes' ? update : ANY
  const after = applyUpdate(decodeDoc(record, looked), update, options)
  return { bytes: looked === null ? encodeStored(after) : withFields(record, looked, after), touched }
}

function replaced(record: Buffer, replacement: Buffer): Buffer {
  const given = decodeDoc(replacement, ONLY_ID)
  if (given.has('_id')) refuseIdChange(decodeDoc(record, ONLY_ID).get('_id'), given.get('_id'), true)
  return underIdOf(record, replacement)
}

const ANY: { looked: Fields, touched: Fields } = { looked: null, touched: null }
const ONLY_ID: ReadonlySet<string> = new Set(['_id'])

function replace(id: Value, replacement: Doc, { now }: ApplyOptions): Doc {
  if (id !== undefined && replacement.has('_id')) refuseIdChange(id, replacement.get('_id'), true)
  const out: Doc = new Map()
  const own = id ?? replacement.get('_id')
  if (own !== undefined) out.set('_id', own)
  for (const [name, value] of replacement) if (name !== '_id') out.set(name, stamped(value, now))
  return out
}

/** The server puts its own time where a top-level field is the empty timestamp. */
export function stamped(value: Value, now: number): Value {
  return value instanceof Timestamp && value.isZero() ? new Timestamp({ t: Math.floor(now / 1000), i: 1 }) : value
}

type Walk = ChangeContext & { options: ApplyOptions, filters: ReadonlyMap<string, (element: Value) => boolean> }

function changeAt(container: Container, change: Change, at: number, walk: Walk): void {
  const part = change.parts[at] ?? ''
  if (at === change.parts.length - 1 && !part.startsWith('$')) return changeLeaf(container, part, change, walk)
  for (const name of namesOf(container, part, change, at, walk)) {
    if (at === change.parts.length - 1) changeLeaf(container, name, change, walk)
    else descend(container, name, change, at, walk)
  }
}

/** Which fields or elements a path part means: `$`, `$[]` and `$[id]` stand for positions. */
function namesOf(container: Container, part: string, change: Change, at: number, walk: Walk): string[] {
  if (part === '$') {
    if (walk.options.position === null) throw badValue('The positional operator did not find the match needed from the query.')
    return [String(walk.options.position)]
  }
  if (!part.startsWith('$[')) return [part]
  const before = change.parts.slice(0, at).join('.')
  if (!Array.isArray(container)) throw badValue(`Cannot apply array updates to non-array element ${before}`)
  const matches = part === '$[]' ? () => true : walk.filters.get(part.slice(2, -1))
  return container.flatMap((element, index) => (matches?.(element) === true ? [String(index)] : []))
}

function read(container: Container, name: string): Found {
  if (!Array.isArray(container)) return container.has(name) ? container.get(name) as Value : MISSING
  return isPosition(name) && Number(name) < container.length ? container[Number(name)] : MISSING
}

function write(container: Container, name: string, value: Value, change: Change, at: number): void {
  if (!Array.isArray(container)) {
    container.set(name, value)
    return
  }
  if (!isPosition(name)) throw notViable(name, change, at, container)
  const index = Number(name)
  if (index - container.length > MAX_PADDING) throw badValue(`can't backfill more than ${MAX_PADDING} elements`)
  while (container.length < index) container.push(null)
  container[index] = value
}

function notViable(name: string, change: Change, at: number, value: Value): MongoRefusal {
  return new MongoRefusal(28, `Cannot create field '${name}' in element {${change.parts[at - 1] ?? ''}: ${show(value)}}`)
}

function changeLeaf(container: Container, name: string, change: Change, walk: Walk): void {
  const current = read(container, name)
  if (current === MISSING && ONLY_EXISTING.has(change.operator)) return
  const next = change.apply(current, walk)
  if (next !== MISSING) write(container, name, next, change, change.parts.length - 1)
  else if (Array.isArray(container)) container[Number(name)] = null
  else container.delete(name)
}

function descend(container: Container, name: string, change: Change, at: number, walk: Walk): void {
  const current = read(container, name)
  const next = change.parts[at + 1] ?? ''
  if (isDoc(current as Value) || Array.isArray(current)) return changeAt(current as Container, change, at + 1, walk)
  if (current === MISSING && next.startsWith('$[')) {
    throw badValue(`The path '${change.parts.slice(0, at + 1).join('.')}' must exist in the document in order to apply array updates.`)
  }
  if (ONLY_EXISTING.has(change.operator)) return
  if (current !== MISSING) throw notViable(next, change, at + 1, current)
  const made: Doc = new Map()
  changeAt(made, change, at + 1, walk)
  write(container, name, made, change, at)
}

function applyRename(doc: Doc, { from, to }: Rename): void {
  const source = parentOf(doc, from, false)
  if (source === null) return
  const name = from.at(-1) ?? ''
  const value = source.get(name)
  if (value === undefined && !source.has(name)) return
  const target = parentOf(doc, to, true)
  if (target === null) throw badValue('The destination field cannot be an array element')
  source.delete(name)
  target.set(to.at(-1) ?? '', value)
}

/** The document that holds the last part of a path; `$rename` does not go through arrays. */
function parentOf(doc: Doc, parts: string[], create: boolean): Doc | null {
  let at = doc
  for (const [index, part] of parts.slice(0, -1).entries()) {
    const next = at.get(part)
    if (isDoc(next)) at = next
    else if (Array.isArray(next)) throw badValue(`The ${create ? 'destination' : 'source'} field cannot be an array element, '${parts.join('.')}' has an array field called '${part}'`)
    else if (!create) return null
    else if (at.has(part)) throw new MongoRefusal(28, `Cannot create field '${parts[index + 1] ?? ''}' in element {${part}: ${show(next ?? null)}}`)
    else {
      const made: Doc = new Map()
      at.set(part, made)
      at = made
    }
  }
  return at
}

/**
 * The document an upsert inserts: the equalities of the filter, then the update.
 * @throws MongoRefusal NotSingleValueField when the filter gives one path twice.
 */
export function upsertDoc(filter: Filter, update: Update, options: Omit<ApplyOptions, 'isInsert' | 'position'>): Doc {
  const equalities = [...equalitiesOf(filter)].sort(([a], [b]) => (a < b ? -1 : 1))
  const start: Doc = new Map()
  for (const [path, value] of equalities) {
    if (update.kind === 'changes' || path === '_id') setPath(start, path.split('.'), clone(value))
  }
  const made = applyUpdate(start, update, { ...options, position: null, isInsert: true })
  const id = made.get('_id') ?? (made.has('_id') ? null : new ObjectId())
  made.delete('_id')
  return new Map([['_id', id], ...made])
}

function equalitiesOf(filter: Filter, out = new Map<string, Value>()): Map<string, Value> {
  if (filter.kind === 'and' || (filter.kind === 'or' && filter.clauses.length === 1)) {
    for (const clause of filter.clauses) equalitiesOf(clause, out)
  } else if (filter.kind === 'compare' && filter.operator === '$eq') addEquality(out, filter.path, filter.value)
  else if (filter.kind === 'in' && filter.values.length === 1 && filter.patterns.length === 0) addEquality(out, filter.path, filter.values[0])
  return out
}

function addEquality(out: Map<string, Value>, path: string, value: Value): void {
  for (const other of out.keys()) {
    const [shorter, longer] = other.length < path.length ? [other, path] : [path, other]
    if (other === path || longer.startsWith(`${shorter}.`)) {
      throw new MongoRefusal(54, `cannot infer query fields to set, ${other === path ? `path '${path}' is matched twice` : `both paths '${shorter}' and '${longer}' are matched`}`)
    }
  }
  out.set(path, value)
}

function setPath(doc: Doc, parts: string[], value: Value): void {
  const parent = parentOf(doc, parts, true)
  parent?.set(parts.at(-1) ?? '', value)
}
