import { checkDoc } from './bson-walk.ts'
import { encodeDoc } from './bson-write.ts'
import { badValue, failedToParse, MongoRefusal, notImplemented, typeMismatch } from './errors.ts'
import { parseFilter } from './filter.ts'
import type { Fields } from './looked-at.ts'
import { compileFilter } from './matcher.ts'
import { isPosition } from './paths.ts'
import type { ArrayOperator } from './update-arrays.ts'
import { ARRAY_OPERATORS } from './update-arrays.ts'
import type { FieldOperator } from './update-fields.ts'
import { FIELD_OPERATORS } from './update-fields.ts'
import type { Doc, Value } from './values.ts'
import { isDoc, typeName } from './values.ts'

/** One change at one path, its operand already checked. */
export type Change = { operator: string, path: string, parts: string[], apply: FieldOperator | ArrayOperator }

/** The move of one field by `$rename`. */
export type Rename = { from: string[], to: string[] }

/**
 * A parsed update: a whole new document, still encoded, with a timestamp among its fields or without; or changes in the
 * order in which MongoDB makes them, the top-level fields they look at, and those of them that may change (null: any).
 */
export type Update =
  | { kind: 'replacement', bytes: Buffer, timestamps: boolean }
  | { kind: 'changes', changes: Change[], renames: Rename[], arrayFilters: ReadonlyMap<string, (element: Value) => boolean>, looked: Fields, touched: Fields }

/**
 * Parses the `u` of an update.
 * @throws MongoRefusal FailedToParse, ConflictingUpdateOperators, NotImplemented (pipelines, unknown operators).
 */
export function parseUpdate(update: Value, arrayFilters: Value): Update {
  if (Array.isArray(update)) throw notImplemented('an update by aggregation pipeline')
  if (Buffer.isBuffer(update)) return parseReplacement(update, arrayFilters)
  if (!isDoc(update)) throw failedToParse('Update argument must be either an object or an array')
  const first = update.keys().next().value
  if (first?.startsWith('$') !== true) return parseReplacement(encodeDoc(update), arrayFilters)
  return parseChanges(update, parseArrayFilters(arrayFilters))
}

function parseReplacement(bytes: Buffer, arrayFilters: Value): Update {
  if (arrayFilters !== undefined) throw failedToParse('Cannot specify arrayFilters and a replacement-style update')
  const { dollar, timestamps } = checkDoc(bytes)
  if (dollar !== null) {
    throw new MongoRefusal(52, `The dollar ($) prefixed field '${dollar}' in '${dollar}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`)
  }
  return { kind: 'replacement', bytes, timestamps }
}

function parseChanges(update: Doc, arrayFilters: ReadonlyMap<string, (element: Value) => boolean>): Update {
  const changes: Change[] = []
  const renames: Rename[] = []
  for (const [operator, fields] of update) {
    if (!operator.startsWith('$')) {
      throw failedToParse(`Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`)
    }
    if (operator === '$rename') renames.push(...parseRenames(fields))
    else for (const [path, operand] of fieldsOf(operator, fields)) changes.push(parseChange(operator, path, operand))
  }
  const targets = [...changes.map(({ parts }) => parts), ...renames.flatMap(({ from, to }) => [from, to])]
  refuseConflicts(targets)
  refuseUnusedFilters(targets, arrayFilters)
  changes.sort((a, b) => comparePaths(a.parts, b.parts))
  const names = changes.map(({ parts }) => parts[0] ?? '')
  const looked = renames.length > 0 ? null : new Set(['_id', ...names])
  const touched = renames.length > 0 ? null : new Set(names.filter((name) => name !== '_id'))
  return { kind: 'changes', changes, renames, arrayFilters, looked, touched }
}

function fieldsOf(operator: string, fields: Value): Doc {
  if (isDoc(fields)) return fields
  throw failedToParse(`Modifiers operate on fields but we found type ${typeName(fields)} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${typeName(fields)}}`)
}

function parseChange(operator: string, path: string, operand: Value): Change {
  const compile = Object.hasOwn(FIELD_OPERATORS, operator) ? FIELD_OPERATORS[operator] : ARRAY_OPERATORS[operator]
  if (compile === undefined) throw notImplemented(`update operator ${operator}`)
  return { operator, path, parts: splitPath(path), apply: compile(operand, path) }
}

function splitPath(path: string): string[] {
  const parts = path.split('.')
  if (path === '') throw new MongoRefusal(56, "An empty update path is not valid.")
  if (parts.includes('')) throw new MongoRefusal(56, `The update path '${path}' contains an empty field name, which is not allowed.`)
  parts.forEach((part, index) => {
    const positional = part === '$' || part.startsWith('$[')
    if (positional && index === 0) throw badValue(`Cannot have positional (i.e. '$') element in the first position in path '${path}'`)
    if (part.startsWith('$') && !positional) {
      throw new MongoRefusal(52, `The dollar ($) prefixed field '${part}' in '${path}' is not valid for storage.`)
    }
  })
  if (parts.filter((part) => part === '$').length > 1) throw badValue(`Too many positional (i.e. '$') elements found in path '${path}'`)
  return parts
}

function parseRenames(fields: Value): Rename[] {
  return [...fieldsOf('$rename', fields)].map(([from, to]) => {
    if (typeof to !== 'string') throw badValue(`The 'to' field for $rename must be a string: ${from}: ${typeName(to)}`)
    const rename = { from: splitPath(from), to: splitPath(to) }
    if (to.includes('\0')) throw badValue("The 'to' field for $rename cannot contain an embedded null byte")
    if (from === to) throw badValue(`The source and target field for $rename must differ: ${from}: "${to}"`)
    if ([...rename.from, ...rename.to].some((part) => part.startsWith('$'))) {
      throw badValue(`The source and destination field for $rename may not be dynamic: ${from}`)
    }
    return rename
  })
}

/** The order in which MongoDB (since 5.0) makes changes: by field name, numbers by amount. New fields appear in it. */
export function comparePaths(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [left, right] = [a[index] ?? '', b[index] ?? '']
    if (left === right) continue
    if (isPosition(left) && isPosition(right)) return Number(left) - Number(right)
    return left < right ? -1 : 1
  }
  return a.length - b.length
}

function refuseConflicts(targets: string[][]): void {
  const sorted = targets.map((parts) => parts.join('.')).sort((a, b) => comparePaths(a.split('.'), b.split('.')))
  for (let index = 1; index < sorted.length; index++) {
    const [shorter, path] = [sorted[index - 1] ?? '', sorted[index] ?? '']
    if (path === shorter || path.startsWith(`${shorter}.`)) {
      throw new MongoRefusal(40, `Updating the path '${path}' would create a conflict at '${shorter}'`)
    }
  }
}

function parseArrayFilters(filters: Value): ReadonlyMap<string, (element: Value) => boolean> {
  const out = new Map<string, (element: Value) => boolean>()
  if (filters === undefined) return out
  if (!Array.isArray(filters)) throw typeMismatch("BSON field 'update.updates.arrayFilters' is the wrong type, expected type 'array'")
  for (const filter of filters) {
    if (!isDoc(filter)) throw typeMismatch('arrayFilters must be objects')
    const name = identifierOf(filter)
    if (out.has(name)) throw failedToParse(`Found multiple array filters with the same top-level field name ${name}`)
    const matches = compileFilter(parseFilter(filter))
    out.set(name, (element) => matches(new Map([[name, element]])))
  }
  return out
}

function identifierOf(filter: Doc): string {
  const names = new Set(identifiers(filter))
  const name = [...names][0]
  if (name === undefined) throw failedToParse('Cannot use an expression without a top-level field name in arrayFilters')
  if (names.size > 1) throw failedToParse(`Error parsing array filter :: caused by :: Expected a single top-level field name, found '${[...names].join("' and '")}'`)
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) {
    throw badValue(`Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${name}'`)
  }
  return name
}

function identifiers(filter: Doc): string[] {
  return [...filter].flatMap(([key, value]) => {
    if (!key.startsWith('$')) return [key.split('.')[0] ?? '']
    return Array.isArray(value) ? value.filter(isDoc).flatMap(identifiers) : []
  })
}

function refuseUnusedFilters(targets: string[][], filters: ReadonlyMap<string, unknown>): void {
  const used = new Set(targets.flat().filter((part) => part.startsWith('$[') && part !== '$[]').map((part) => part.slice(2, -1)))
  for (const name of used) {
    const path = targets.find((parts) => parts.includes(`$[${name}]`))?.join('.') ?? ''
    if (!filters.has(name)) throw badValue(`No array filter found for identifier '${name}' in path '${path}'`)
  }
  for (const name of filters.keys()) {
    if (!used.has(name)) throw failedToParse(`The array filter for identifier '${name}' was not used in the update`)
  }
}
