import { ObjectId } from 'bson'
import { nameAt, nameEnd } from './bson-names.ts'
import { encodeFields, MAX_DEPTH } from './bson-write.ts'
import { badValue, failedToParse } from './errors.ts'
import type { Doc } from './values.ts'

const DOLLAR = 0x24
const OLD_BINARY = 2
const FIXED: readonly (readonly [number, number])[] = [[1, 8], [6, 0], [7, 12], [8, 1], [9, 8], [10, 0], [16, 4], [17, 8], [18, 8], [19, 16], [255, 0], [127, 0]]
const FIXED_SIZE = new Int8Array(256).fill(-1)
for (const [type, size] of FIXED) FIXED_SIZE[type] = size

/** Bytes that a value of this type takes at `at`, as its own length tells. @throws MongoRefusal FailedToParse for other types */
export function valueSize(bytes: Buffer, type: number, at: number): number {
  const fixed = FIXED_SIZE[type] ?? -1
  if (fixed >= 0) return fixed
  switch (type) {
    case 3: case 4: return bytes.readInt32LE(at)
    case 2: case 13: case 14: return 4 + bytes.readInt32LE(at)
    case 5: return 5 + bytes.readInt32LE(at)
    case 11: return nameEnd(bytes, nameEnd(bytes, at) + 1) + 1 - at
    default: throw failedToParse(`BSON type ${type} is not supported`)
  }
}

/**
 * What a document looks like at its top: whether `_id` comes first, whether a timestamp is among its fields, and the first
 * field that begins with a dollar sign.
 */
export type Checked = { idFirst: boolean, timestamps: boolean, dollar: string | null }

/**
 * Walks a document to its last byte without making values of it.
 * @throws MongoRefusal FailedToParse for bytes that could not be decoded, BadValue for a second `_id`.
 */
export function checkDoc(bytes: Buffer): Checked {
  const out: Checked = { idFirst: false, timestamps: false, dollar: null }
  try {
    if (checkFields(bytes, 0, bytes.length, 0, out) !== bytes.length) throw failedToParse('not a BSON document: wrong length')
  } catch (error) {
    if (error instanceof RangeError) throw failedToParse('not a BSON document: it ends too early')
    throw error
  }
  return out
}

function checkFields(bytes: Buffer, start: number, most: number, depth: number, top: Checked | null): number {
  if (depth > MAX_DEPTH) throw failedToParse('document is nested too deeply')
  const end = start + bytes.readInt32LE(start)
  if (end < start + 5 || end > most) throw failedToParse('not a BSON document: wrong length')
  if (bytes[end - 1] !== 0) throw failedToParse('not a BSON document: it does not end')
  let hasId = false
  for (let at = start + 4; at < end - 1;) {
    const type = bytes[at] ?? 0
    const value = nameEnd(bytes, at + 1) + 1
    if (top !== null) {
      if (type === 17) top.timestamps = true
      if (bytes[at + 1] === DOLLAR) top.dollar ??= nameAt(bytes, at + 1)
      if (isId(bytes, at + 1)) {
        if (hasId) throw badValue("can't have multiple _id fields in one document")
        hasId = true
        top.idFirst = at === start + 4
      }
    }
    const next = type === 3 || type === 4 ? checkFields(bytes, value, end - 1, depth + 1, null) : value + valueSize(bytes, type, value)
    if (next < value || next > end - 1) throw failedToParse('value with a wrong length')
    if ((type === 2 || type === 13 || type === 14) && next < value + 5) throw failedToParse('string with a wrong length')
    if (type === 5 && next < value + (bytes[value + 4] === OLD_BINARY ? 9 : 5)) throw failedToParse('binary with a wrong length')
    at = next
  }
  return end
}

/** Whether the name that begins here is `_id`. */
function isId(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0x5f && bytes[at + 1] === 0x69 && bytes[at + 2] === 0x64 && bytes[at + 3] === 0
}

/**
 * The document with its changed fields: those that were `looked` at are taken from `after` (left out if they are not in
 * it), all others as they are in `before`; new fields follow.
 */
export function withFields(before: Buffer, looked: ReadonlySet<string>, after: Doc): Buffer {
  const parts: Buffer[] = []
  const met = new Set<string>()
  const end = before.length - 1
  let from = 4
  for (let at = 4; at < end;) {
    const name = nameAt(before, at + 1)
    const value = nameEnd(before, at + 1 + name.length) + 1
    const next = value + valueSize(before, before[at] ?? 0, value)
    if (looked.has(name)) {
      if (at > from) parts.push(before.subarray(from, at))
      if (after.has(name) && !met.has(name)) parts.push(encodeFields([[name, after.get(name)]]))
      met.add(name)
      from = next
    }
    at = next
  }
  if (end > from) parts.push(before.subarray(from, end))
  const added = [...after].filter(([name]) => !met.has(name))
  if (added.length > 0) parts.push(encodeFields(added))
  return framed(parts)
}

/** The replacement under the `_id` of the document it replaces. */
export function underIdOf(before: Buffer, replacement: Buffer): Buffer {
  const own = fieldAt(before, '_id')
  const id = own === null ? [] : [before.subarray(own.from, own.to)]
  return framed([...id, ...othersThan('_id', replacement)])
}

/** The document with its `_id` as the first field, a new one if it has none. */
export function idInFront(bytes: Buffer): Buffer {
  const own = fieldAt(bytes, '_id')
  const id = own === null ? encodeFields([['_id', new ObjectId()]]) : bytes.subarray(own.from, own.to)
  return framed([id, ...othersThan('_id', bytes)])
}

function othersThan(name: string, bytes: Buffer): Buffer[] {
  const own = fieldAt(bytes, name)
  return own === null ? [bytes.subarray(4, -1)] : [bytes.subarray(4, own.from), bytes.subarray(own.to, -1)]
}

function fieldAt(bytes: Buffer, wanted: string): { from: number, to: number } | null {
  for (let at = 4; at < bytes.length - 1;) {
    const name = nameAt(bytes, at + 1)
    const value = nameEnd(bytes, at + 1 + name.length) + 1
    const to = value + valueSize(bytes, bytes[at] ?? 0, value)
    if (name === wanted) return { from: at, to }
    at = to
  }
  return null
}

function framed(parts: readonly Buffer[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 5)
  const out = Buffer.allocUnsafe(size)
  let at = out.writeInt32LE(size, 0)
  for (const part of parts) at += part.copy(out, at)
  out[at] = 0
  return out
}
