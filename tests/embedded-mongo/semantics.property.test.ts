import { Binary, Double, Int32, serialize } from 'bson'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeDoc } from '../../server/embedded-mongo/bson-read.ts'
import { checkDoc, idInFront, underIdOf } from '../../server/embedded-mongo/bson-walk.ts'
import { encodeDoc, encodeFields } from '../../server/embedded-mongo/bson-write.ts'
import { MongoRefusal } from '../../server/embedded-mongo/errors.ts'
import { parseFilter } from '../../server/embedded-mongo/filter.ts'
import { compileFilter } from '../../server/embedded-mongo/matcher.ts'
import { compare, encodeKey } from '../../server/embedded-mongo/order.ts'
import { parseSort, sortKey } from '../../server/embedded-mongo/query.ts'
import { parseUpdate } from '../../server/embedded-mongo/update-parse.ts'
import { applyUpdate, changedRecord } from '../../server/embedded-mongo/updater.ts'
import type { Doc, Value } from '../../server/embedded-mongo/values.ts'
import { documents, filters, numbers, scalars, values } from './arbitraries.ts'
import type { Plain } from './naive-model.ts'
import { compareForSort, compareValues, isNumber, isPlain, matches, update } from './naive-model.ts'

const RUNS = { numRuns: 4000 }

/** From the driver's words into the engine's, by way of bytes made by the `bson` package. */
function doc(plain: Plain): Doc {
  return decodeDoc(Buffer.from(serialize(plain)))
}

function value(plain: unknown): Value {
  return doc({ v: plain }).get('v')
}

describe('I2: the engine means what the manual says', () => {
  test('bytes survive reading and writing, types and order of fields included', () => {
    fc.assert(fc.property(documents, (plain) => {
      const bytes = Buffer.from(serialize(plain))
      expect(encodeDoc(decodeDoc(bytes)).equals(bytes)).toBe(true)
    }), RUNS)
  })

  test('fields named by numbers keep their order', () => {
    const bytes = encodeDoc(new Map<string, Value>([['b', 1], ['2', 1], ['1', 1], ['__proto__', 1]]))
    expect([...decodeDoc(bytes).keys()]).toEqual(['b', '2', '1', '__proto__'])
  })

  test('one comparison order: values, their keys and the model agree (manual: Comparison/Sort Order)', () => {
    fc.assert(fc.property(values, values, (a, b) => {
      const order = Math.sign(compareValues(a, b))
      expect(Math.sign(compare(value(a), value(b)))).toBe(order)
      expect(Math.sign(Buffer.compare(encodeKey(value(a)), encodeKey(value(b))))).toBe(order)
    }), RUNS)
  })

  test('numbers of different types compare by their exact amount', () => {
    fc.assert(fc.property(numbers, numbers, (a, b) => {
      expect(Math.sign(Buffer.compare(encodeKey(value(a)), encodeKey(value(b))))).toBe(Math.sign(compareValues(a, b)))
    }), RUNS)
  })

  test('filters match what the model matches (manual: Query and Projection Operators)', () => {
    fc.assert(fc.property(filters, documents, (filter, document) => {
      expect(compileFilter(parseFilter(doc(filter)))(doc(document))).toBe(matches(filter, document))
    }), { numRuns: 12000 })
  })

  test('a document that is found sound can be decoded, and comes back byte for byte', () => {
    let refused = 0
    const flaws = fc.option(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { freq: 3 })
    fc.assert(fc.property(documents, flaws, (document, flaw) => {
      const bytes = Buffer.from(serialize(document))
      if (flaw !== null) bytes[flaw[0] % bytes.length] = flaw[1]
      try {
        checkDoc(bytes)
      } catch (error) {
        refused++
        return error instanceof MongoRefusal && flaw !== null
      }
      const decoded = decodeDoc(bytes)
      const some = new Set([...decoded.keys()].slice(1))
      return (flaw !== null || encodeDoc(decoded).equals(bytes)) && [...decodeDoc(bytes, some).keys()].every((name) => some.has(name))
    }), { numRuns: 3000 })
    expect(refused).toBeGreaterThan(100)
  })

  test('bytes that no reader could take are not found sound', () => {
    const binary = (size: number): Buffer => {
      const bytes = encodeFields([['b', new Binary(Buffer.from('abcdefgh'))], ['z', 1]])
      bytes.writeInt32LE(size, 3)
      return framed(bytes)
    }
    checkDoc(binary(8))
    for (const size of [-1, -3, -5]) expect(isRefused(() => checkDoc(binary(size)))).toBe(true)
    const inner = Buffer.from(serialize({ a: { b: new Int32(1) } }))
    for (const at of [inner.length - 1, inner.length - 2]) {
      const unended = Buffer.from(inner)
      unended[at] = 7
      expect(isRefused(() => checkDoc(unended))).toBe(true)
    }
  })

  test('a name that comes twice is read one way, whole or in part, and a second `_id` is refused', () => {
    const both = encodeFields([['a', 1], ['b', 2], ['a', 3]])
    const bytes = framed(both)
    expect([decodeDoc(bytes).get('a'), decodeDoc(bytes, new Set(['a', 'z'])).get('a'), decodeDoc(bytes, new Set(['a'])).get('a')]).toEqual([1, 1, 1])
    const set = parseUpdate(doc({ $set: { a: new Int32(9) } }), undefined)
    expect(decodeDoc(changedRecord(bytes, set, { position: null, isInsert: false, now: 0 }).bytes)).toEqual(new Map([['a', 9], ['b', 2]]))
    expect(isRefused(() => checkDoc(framed(encodeFields([['_id', 1], ['a', 1], ['_id', 2]]))))).toBe(true)
  })

  test('the `_id` comes first whatever its place, and a replacement keeps that of the replaced', () => {
    fc.assert(fc.property(documents, documents, scalars, (one, other, id) => {
      const [first, last] = [serialize({ _id: id, ...one }), serialize({ ...one, _id: id })].map((bytes) => Buffer.from(bytes))
      const replaced = underIdOf(first as Buffer, Buffer.from(serialize({ ...other, _id: id })))
      expect(idInFront(last as Buffer).equals(first as Buffer)).toBe(true)
      expect(replaced.equals(Buffer.from(serialize({ _id: id, ...other })))).toBe(true)
    }), RUNS)
  })

  test('sort orders as the model does (manual: Sort and arrays)', () => {
    const sorts = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom(1, -1)), { minLength: 1, maxLength: 2 })
    fc.assert(fc.property(documents, documents, sorts, (a, b, sort) => {
      const fields = new Map(sort)
      const pattern = parseSort(new Map<string, Value>(fields))
      const parallel = [a, b].some((each) => [...fields.keys()].filter((field) => Array.isArray(each[field])).length > 1)
      if (parallel) return
      const order = Buffer.compare(sortKey(doc(a), pattern), sortKey(doc(b), pattern))
      expect(Math.sign(order)).toBe(Math.sign(compareForSort(a, b, [...fields])))
    }), RUNS)
  })

  const changes = fc.oneof(
    fc.tuple(fc.constantFrom('$set', '$min', '$max', '$push', '$addToSet'), values),
    fc.tuple(fc.constant('$unset'), fc.constant('')),
    fc.tuple(fc.constant('$inc'), numbers.filter((number) => !String(number).includes('E') && number instanceof Int32 || number instanceof Double)),
    fc.tuple(fc.constant('$pullAll'), fc.array(scalars, { maxLength: 2 })),
    fc.tuple(fc.constant('$pop'), fc.constantFrom(new Int32(1), new Int32(-1))),
  ) as fc.Arbitrary<[string, unknown]>

  test('updates change what the model changes (manual: Update Operators)', () => {
    let refused = 0
    fc.assert(fc.property(documents, changes, fc.constantFrom('a', 'b', 'a.b', 'b.c.a'), (document, [operator, operand], path) => {
      const parsed = parseUpdate(doc({ [operator]: { [path]: operand } }), undefined)
      const options = { position: null, isInsert: false, now: 0 }
      const attempt = (): Buffer => changedRecord(Buffer.from(serialize(document)), parsed, options).bytes
      if (!applies(document, path, operator)) {
        refused++
        return isRefused(attempt)
      }
      const expected = Buffer.from(serialize(update(document, operator, path, operand)))
      return attempt().equals(expected) && encodeDoc(applyUpdate(doc(document), parsed, options)).equals(expected)
    }), { numRuns: 8000 })
    expect(refused).toBeGreaterThan(0)
  })
})

/** A document of fields that are encoded already. */
function framed(fields: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32LE(fields.length + 5)
  return Buffer.concat([size, fields, Buffer.from([0])])
}

function isRefused(attempt: () => unknown): boolean {
  try {
    attempt()
    return false
  } catch (error) {
    return error instanceof MongoRefusal
  }
}

/** Whether an operator can work on what the path leads to; elsewhere the manual promises an error. */
function applies(document: Plain, path: string, operator: string): boolean {
  const parts = path.split('.')
  const creates = !['$unset', '$pullAll', '$pop'].includes(operator)
  let at: unknown = document
  for (const part of parts.slice(0, -1)) {
    at = (at as Plain)[part]
    if (at === undefined) return true
    if (isPlain(at)) continue
    fc.pre(creates)
    return false
  }
  const leaf = (at as Plain)[parts.at(-1) ?? '']
  if (leaf === undefined || ['$set', '$unset', '$min', '$max'].includes(operator)) return true
  if (operator === '$inc') {
    fc.pre(!isNumber(leaf) || !/Decimal/.test((leaf as object).constructor.name))
    fc.pre(!isNumber(leaf) || !/^9223|9223$/.test(String(leaf)))
    return isNumber(leaf)
  }
  return Array.isArray(leaf)
}
