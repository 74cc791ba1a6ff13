import { createHash } from 'node:crypto'
import { MongoRefusal } from './errors.ts'
import { encodeCompoundKey } from './order.ts'
import { isPosition, MISSING } from './paths.ts'
import type { Doc, Value } from './values.ts'
import { isDoc } from './values.ts'

/** The fields of an index or a sort, in order: path, its parts, and 1 or -1. */
export type KeyPattern = readonly { readonly path: string, readonly parts: readonly string[], readonly direction: 1 | -1 }[]

/** One compound key of a document: its bytes, the values behind them, and whether any of the fields was there. */
export type DocKey = { bytes: Buffer, values: Value[], present: boolean }

/** The keys of a document for a pattern, and which of its fields went through an array (empty: none did). */
export type DocKeys = { keys: DocKey[], multikey: boolean[] }

/** Where one field of the pattern stands while its path is walked; `rest` is what is left of the path at an array. */
type Step = { value: Value, missing: boolean, rest: readonly string[] | null }

const MAX_KEY_BYTES = 1900
const KEPT_PREFIX = 1024
const NOTHING: Step = { value: null, missing: true, rest: null }

/**
 * All keys of a document: one for each element where a path goes through an array, null for a missing field, BSON's
 * undefined for an empty array, as MongoDB's index keys are made. Sort keys are the smallest of them.
 * @throws MongoRefusal CannotIndexParallelArrays when two fields go through different arrays.
 */
export function docKeys(doc: Doc, pattern: KeyPattern): DocKeys {
  const values: Value[] = []
  let present = false
  for (const { parts } of pattern) {
    const found = plainAt(doc, parts)
    if (Array.isArray(found)) return arrayKeys(doc, pattern)
    present ||= found !== MISSING
    values.push(found === MISSING ? null : found)
  }
  return { keys: [{ values, bytes: encodeCompoundKey(values, pattern), present }], multikey: NONE }
}

const NONE: boolean[] = []

/** What a path leads to; the first array on the way ends it. */
function plainAt(doc: Doc, parts: readonly string[]): Value | typeof MISSING {
  let value: Value = doc
  for (const part of parts) {
    if (Array.isArray(value)) return value
    if (!isDoc(value)) return MISSING
    const next: Value = value.get(part)
    if (next === undefined && !value.has(part)) return MISSING
    value = next
  }
  return value
}

function arrayKeys(doc: Doc, pattern: KeyPattern): DocKeys {
  const steps = pattern.map(({ parts }) => walk(doc, parts))
  const rows = expand(steps)
  const keys = rows.map((row) => ({
    values: row.map((step) => step.value),
    bytes: encodeCompoundKey(row.map((step) => step.value), pattern),
    present: row.some((step) => !step.missing),
  }))
  return { keys: rows.length > 1 ? unique(keys) : keys, multikey: steps.map((step) => step.rest !== null) }
}

function unique(keys: DocKey[]): DocKey[] {
  const byBytes = new Map(keys.map((key) => [key.bytes.toString('latin1'), key]))
  return [...byBytes.values()]
}

function walk(start: Value, parts: readonly string[]): Step {
  let value = start
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] ?? ''
    if (Array.isArray(value)) {
      if (!isPosition(part) || Number(part) >= value.length) return { value, missing: false, rest: parts.slice(at) }
      value = value[Number(part)]
    } else if (isDoc(value) && value.has(part)) value = value.get(part)
    else return NOTHING
  }
  if (Array.isArray(value)) return { value, missing: false, rest: [] }
  return { value, missing: false, rest: null }
}

function expand(steps: Step[]): Step[][] {
  const arrays = steps.filter((step) => step.rest !== null).map((step) => step.value)
  const array = arrays[0]
  if (!Array.isArray(array)) return [steps]
  if (arrays.some((other) => other !== array)) throw new MongoRefusal(171, 'cannot index parallel arrays')
  if (array.length === 0) return [steps.map((step) => (step.rest === null ? step : emptyArray(step)))]
  return array.flatMap((element) => expand(steps.map((step) => (step.rest === null ? step : intoElement(element, step.rest)))))
}

function emptyArray(step: Step): Step {
  return step.rest?.length === 0 ? { value: undefined, missing: false, rest: null } : NOTHING
}

/** An element is not opened again if the path ends at its array: `[[1]]` has the key `[1]`. */
function intoElement(element: Value, rest: readonly string[]): Step {
  if (rest.length === 0) return { value: element, missing: false, rest: null }
  if (!isDoc(element)) return NOTHING
  return walk(element, rest)
}

/**
 * The bytes as they stand in an index entry. LMDB's keys are short, so a longer key keeps its beginning and a digest of
 * the whole: equality stays exact; order among keys with the same 1,024 first bytes is lost, which `truncated` reports.
 */
export function storedKey(bytes: Buffer): { key: Buffer, truncated: boolean } {
  if (bytes.length <= MAX_KEY_BYTES) return { key: bytes, truncated: false }
  const digest = createHash('sha256').update(bytes).digest()
  return { key: Buffer.concat([bytes.subarray(0, KEPT_PREFIX), digest]), truncated: true }
}

/** A bound as it stands beside stored keys: long bounds are cut, so that everything that begins like them is inside. */
export function storedBound(bytes: Buffer): { bound: Buffer, cut: boolean } {
  return bytes.length <= KEPT_PREFIX ? { bound: bytes, cut: false } : { bound: bytes.subarray(0, KEPT_PREFIX), cut: true }
}

/** Makes a pattern of a document such as `{ at: -1, 'who.id': 1 }`; the values are already checked. */
export function keyPattern(fields: Iterable<readonly [string, number]>): KeyPattern {
  return [...fields].map(([path, order]) => ({ path, parts: path.split('.'), direction: order < 0 ? -1 : 1 }))
}

/** The pattern as the document it came from. */
export function patternDoc(pattern: KeyPattern): Doc {
  return new Map(pattern.map(({ path, direction }) => [path, direction]))
}
