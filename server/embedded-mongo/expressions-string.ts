import { BSONRegExp, ObjectId } from 'bson'
import { failedToParse, MongoRefusal } from './errors.ts'
import type { OperatorCompiler } from './expression-types.ts'
import { isNullish, nary, operands, unary } from './operands.ts'
import { compareStrings } from './order.ts'
import { toRegExp } from './regex.ts'
import type { Doc, Value } from './values.ts'
import { isDoc, isNumeric, toNumber, typeName } from './values.ts'

/** What string operators make of a value: numbers and dates become text, null and missing the empty string. */
function text(value: Value, name: string): string {
  if (isNullish(value)) return ''
  if (typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  if (isNumeric(value)) return String(toNumber(value))
  throw new MongoRefusal(16007, `can't convert from BSON type ${typeName(value)} to String in ${name}`)
}

function requireText(value: Value, name: string, code: number): string {
  if (typeof value === 'string') return value
  throw new MongoRefusal(code, `${name} requires a string argument, found: ${value === undefined ? 'missing' : typeName(value)}`)
}

const concat: OperatorCompiler = (operand, compile) => {
  const parts = operands(operand, compile)
  return (root, variables) => {
    let out = ''
    for (const part of parts) {
      const value = part(root, variables)
      if (isNullish(value)) return null
      if (typeof value !== 'string') throw new MongoRefusal(16702, `$concat only supports strings, not ${typeName(value)}`)
      out += value
    }
    return out
  }
}

function whole(value: Value, name: string): number {
  if (isNumeric(value) && Number.isInteger(Math.trunc(toNumber(value)))) return Math.trunc(toNumber(value))
  throw new MongoRefusal(16034, `${name}: starting index must be a numeric type (is BSON type ${typeName(value)})`)
}

function substringOfPoints([value, start, length]: Value[], name: string): Value {
  const points = [...text(value, name)]
  const from = whole(start, name)
  const count = whole(length, name)
  if (from < 0) throw new MongoRefusal(34452, `${name}: starting index must be a non-negative integer`)
  if (count < 0) throw new MongoRefusal(34454, `${name}: length must be a non-negative integer`)
  return points.slice(from, from + count).join('')
}

function substringOfBytes([value, start, length]: Value[], name: string): Value {
  const bytes = Buffer.from(text(value, name))
  const from = whole(start, name)
  const count = whole(length, name)
  if (from < 0) throw new MongoRefusal(50752, `${name}:  starting index must be non-negative (got: ${from})`)
  const end = count < 0 ? bytes.length : Math.min(bytes.length, from + count)
  const continues = (at: number): boolean => ((bytes[at] ?? 0) & 0xc0) === 0x80
  if (from < bytes.length && continues(from)) throw new MongoRefusal(28656, `${name}:  Invalid range, starting index is a UTF-8 continuation byte.`)
  if (end < bytes.length && continues(end)) throw new MongoRefusal(28657, `${name}:  Invalid range, ending index is in the middle of a UTF-8 character.`)
  return bytes.toString('utf8', from, Math.max(from, end))
}

function split([value, separator]: Value[], name: string): Value {
  if (isNullish(value) || isNullish(separator)) return null
  const [subject, by] = [requireText(value, name, 40085), requireText(separator, name, 40086)]
  if (by === '') throw new MongoRefusal(40087, '$split requires a non-empty separator')
  return subject.split(by)
}

const BLANKS = '\u0000\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a'

function trimming(left: boolean, right: boolean): OperatorCompiler {
  return (operand, compile, name) => {
    if (!isDoc(operand) || !operand.has('input')) throw new MongoRefusal(50695, `${name} requires an input`)
    const input = compile(operand.get('input'))
    const chars = operand.has('chars') ? compile(operand.get('chars')) : () => BLANKS
    return (root, variables) => {
      const [value, cut] = [input(root, variables), chars(root, variables)]
      if (isNullish(value) || isNullish(cut)) return null
      const points = [...requireText(value, name, 50699)]
      const set = new Set(requireText(cut, name, 50700))
      let [from, to] = [0, points.length]
      while (left && from < to && set.has(points[from] ?? '')) from++
      while (right && to > from && set.has(points[to - 1] ?? '')) to--
      return points.slice(from, to).join('')
    }
  }
}

function indexOf(units: (value: string) => ArrayLike<string | number>, name: string): OperatorCompiler {
  return nary(2, 4, ([value, part, start, end]) => {
    if (isNullish(value)) return null
    const [subject, wanted] = [units(requireText(value, name, 40091)), units(requireText(part ?? null, name, 40092))]
    const from = start === undefined ? 0 : whole(start, name)
    const to = end === undefined ? subject.length : Math.min(whole(end, name), subject.length)
    for (let at = from; at + wanted.length <= to; at++) {
      if (Array.from(wanted).every((unit, offset) => subject[at + offset] === unit)) return at
    }
    return -1
  })
}

function replacing(all: boolean): OperatorCompiler {
  return (operand, compile, name) => {
    const parts = ['input', 'find', 'replacement'].map((field) => {
      if (!isDoc(operand) || !operand.has(field)) throw new MongoRefusal(51749, `${name} requires '${field}' to be specified`)
      return compile(operand.get(field))
    })
    return (root, variables) => {
      const values = parts.map((part) => part(root, variables))
      if (values.some(isNullish)) return null
      const [input = '', find = '', replacement = ''] = values.map((value) => requireText(value, name, 51746))
      return all ? input.replaceAll(find, () => replacement) : input.replace(find, () => replacement)
    }
  }
}

type Found = { match: string, at: number, captures: (string | null)[] }

/** All matches; an empty match moves on by one character, so that it ends. */
function* findAll(pattern: RegExp, input: string): Generator<Found> {
  const global = new RegExp(pattern.source, `${pattern.flags}g`)
  for (let hit = global.exec(input); hit !== null; hit = global.exec(input)) {
    yield { match: hit[0], at: hit.index, captures: hit.slice(1).map((capture: string | undefined) => capture ?? null) }
    if (hit[0] === '') global.lastIndex += (input.codePointAt(global.lastIndex) ?? 0) > 0xffff ? 2 : 1
    if (global.lastIndex > input.length) return
  }
}

function codePoints(value: string): number {
  let count = 0
  for (const _point of value) count++
  return count
}

function describe(input: string, { match, at, captures }: Found): Doc {
  return new Map<string, Value>([['match', match], ['idx', codePoints(input.slice(0, at))], ['captures', captures]])
}

function regex(answer: (pattern: RegExp, input: string) => Value, none: Value): OperatorCompiler {
  return (operand, compile, name) => {
    if (!isDoc(operand) || !operand.has('input') || !operand.has('regex')) throw failedToParse(`${name} requires 'input' and 'regex' parameters`)
    const [input, source] = [compile(operand.get('input')), compile(operand.get('regex'))]
    const options = operand.has('options') ? compile(operand.get('options')) : () => null
    return (root, variables) => {
      const [value, pattern, flags] = [input(root, variables), source(root, variables), options(root, variables)]
      if (isNullish(value) || isNullish(pattern)) return none
      const own = pattern instanceof BSONRegExp ? pattern : new BSONRegExp(requireText(pattern, name, 51105))
      const given = typeof flags === 'string' && flags !== '' ? new BSONRegExp(own.pattern, flags) : own
      return answer(toRegExp(given), requireText(value, name, 51104))
    }
  }
}

/** A value as `$toString` writes it; null where there is no such text. */
export function toText(value: Value): string | null {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof ObjectId) return value.toHexString()
  if (isNumeric(value)) return typeof value === 'number' ? String(value) : value.toString()
  return null
}

/** String operators. */
export const STRINGS: Readonly<Record<string, OperatorCompiler>> = {
  $concat: concat,
  $toUpper: unary((value, name) => text(value, name).toUpperCase()),
  $toLower: unary((value, name) => text(value, name).toLowerCase()),
  $substr: nary(3, 3, substringOfBytes),
  $substrBytes: nary(3, 3, substringOfBytes),
  $substrCP: nary(3, 3, substringOfPoints),
  $strLenCP: unary((value, name) => [...requireText(value, name, 34471)].length),
  $strLenBytes: unary((value, name) => Buffer.byteLength(requireText(value, name, 34473))),
  $strcasecmp: nary(2, 2, ([a, b], name) => Math.sign(compareStrings(text(a, name).toUpperCase(), text(b, name).toUpperCase()))),
  $split: nary(2, 2, split),
  $trim: trimming(true, true),
  $ltrim: trimming(true, false),
  $rtrim: trimming(false, true),
  $indexOfCP: indexOf((value) => [...value], '$indexOfCP'),
  $indexOfBytes: indexOf((value) => Buffer.from(value), '$indexOfBytes'),
  $replaceOne: replacing(false),
  $replaceAll: replacing(true),
  $regexMatch: regex((pattern, input) => pattern.test(input), false),
  $regexFind: regex((pattern, input) => {
    for (const found of findAll(pattern, input)) return describe(input, found)
    return null
  }, null),
  $regexFindAll: regex((pattern, input) => [...findAll(pattern, input)].map((found) => describe(input, found)), []),
}
