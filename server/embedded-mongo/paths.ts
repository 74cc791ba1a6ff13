import type { Doc, Value } from './values.ts'
import { isDoc } from './values.ts'

/** Stands for a field that is not there; null is a value. */
export const MISSING: unique symbol = Symbol('missing')

/** What a path leads to. */
export type Found = Value | typeof MISSING

/**
 * Called for each value on a path, until it answers true.
 * `offset` is the position in the outermost array passed on the way, which `$` means.
 */
export type Visit = (found: Found, offset: number | null) => boolean

/** Whether a path component can be a position in an array. */
export function isPosition(part: string): boolean {
  return part === '0' || /^[1-9]\d*$/.test(part)
}

/**
 * Walks a dotted path as MongoDB's matcher does: an array on the way stands for its documents and, if the next part is a
 * number, for the element at that place; an array at the end stands for its elements and for itself.
 * @param expand false where an array at the end is only itself (`$size`, `$elemMatch`).
 * @returns true as soon as `visit` does.
 */
export function visitPath(doc: Doc, parts: readonly string[], expand: boolean, visit: Visit): boolean {
  return inDoc(doc, parts, 0, null, expand, visit)
}

function inDoc(doc: Doc, parts: readonly string[], at: number, offset: number | null, expand: boolean, visit: Visit): boolean {
  const name = parts[at] ?? ''
  const value = doc.get(name)
  if (value === undefined && !doc.has(name)) return visit(MISSING, offset)
  if (at === parts.length - 1) return atLeaf(value, offset, expand, visit)
  if (isDoc(value)) return inDoc(value, parts, at + 1, offset, expand, visit)
  if (Array.isArray(value)) return inArray(value, parts, at + 1, offset, expand, visit)
  return visit(MISSING, offset)
}

function atLeaf(value: Value, offset: number | null, expand: boolean, visit: Visit): boolean {
  if (!expand || !Array.isArray(value)) return visit(value, offset)
  for (let index = 0; index < value.length; index++) if (visit(value[index], offset ?? index)) return true
  return visit(value, offset)
}

function inArray(array: Value[], parts: readonly string[], at: number, outer: number | null, expand: boolean, visit: Visit): boolean {
  const wanted = parts[at] ?? ''
  for (let index = 0; index < array.length; index++) {
    const element = array[index]
    const offset = outer ?? index
    if (isDoc(element) && inDoc(element, parts, at, offset, expand, visit)) return true
    if (wanted === String(index) && atPosition(element, parts, at, offset, expand, visit)) return true
  }
  return false
}

function atPosition(element: Value, parts: readonly string[], at: number, offset: number, expand: boolean, visit: Visit): boolean {
  if (at === parts.length - 1) return visit(element, offset)
  if (isDoc(element)) return inDoc(element, parts, at + 1, offset, expand, visit)
  return Array.isArray(element) && inArray(element, parts, at + 1, offset, expand, visit)
}
