import { Binary, Decimal128, Double, Int32, Long, ObjectId } from 'bson'
import fc from 'fast-check'
import type { Plain } from './naive-model.ts'

const IDS = ['000000000000000000000001', '000000000000000000000002', 'ffffffffffffffffffffffff']

/** Numbers of every BSON type, close to one another and at the edges of what a double tells apart. */
export const numbers = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map((value) => new Int32(value)),
  fc.integer({ min: -3, max: 3 }).map((value) => Long.fromNumber(value)),
  fc.integer({ min: -6, max: 6 }).map((value) => new Double(value / 2)),
  fc.constantFrom('0', '1', '1.0', '-1', '0.5', '0.1', '2.50', '9007199254740993', '1E+3').map((value) => Decimal128.fromString(value)),
  fc.constantFrom(new Double(Number.NaN), new Double(0.1), new Double(9007199254740992), new Double(-0), new Double(1e300)),
  fc.constantFrom('9007199254740993', '-9007199254740993', '9223372036854775807', '1000').map((value) => Long.fromString(value)),
)

export const scalars = fc.oneof(
  { weight: 4, arbitrary: numbers },
  { weight: 3, arbitrary: fc.constantFrom('', 'a', 'ab', 'b', 'z', '\u{1f600}', '\uffee', '购物', 'a\0b') },
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -2, max: 2 }).map((value) => new Date(value * 1000)),
  fc.constantFrom(...IDS).map((value) => ObjectId.createFromHexString(value)),
  fc.tuple(fc.uint8Array({ maxLength: 2 }), fc.constantFrom(0, 2, 4)).map(([bytes, subType]) => new Binary(bytes, subType)),
)

const names = fc.constantFrom('a', 'b', 'c')

/** Values up to two levels deep: documents in arrays, arrays in documents, arrays in arrays. */
export const values: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 5, arbitrary: scalars },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 2, arbitrary: fc.dictionary(names, tie('value'), { maxKeys: 2, noNullPrototype: true }) },
  ),
})).value

export const documents = fc.dictionary(names, values, { maxKeys: 3, noNullPrototype: true }) as fc.Arbitrary<Plain>

export const paths = fc.constantFrom('a', 'b', 'a.b', 'b.c', 'a.0', 'a.b.c', 'b.0.a', 'c')

const comparisons = fc.tuple(fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte'), values)
  .filter(([operator, operand]) => operator === '$eq' || operator === '$ne' || operand !== undefined)
  .map(([operator, operand]) => ({ [operator]: operand }))

const others = fc.oneof(
  fc.tuple(fc.constantFrom('$in', '$nin'), fc.array(values, { maxLength: 3 })).map(([operator, operand]) => ({ [operator]: operand })),
  fc.boolean().map((operand) => ({ $exists: operand })),
  fc.array(scalars, { maxLength: 2 }).map((operand) => ({ $all: operand })),
  fc.integer({ min: 0, max: 2 }).map((size) => ({ $size: new Int32(size) })),
  fc.constantFrom('int', 'long', 'double', 'decimal', 'string', 'array', 'object', 'null', 'bool', 'date').map((operand) => ({ $type: operand })),
  fc.constantFrom([new Int32(2), new Int32(0)], [new Int32(2), new Int32(1)]).map((operand) => ({ $mod: operand })),
  fc.constantFrom('^a', 'b$', '.').map((operand) => ({ $regex: operand })),
  fc.tuple(fc.constantFrom('$eq', '$gt', '$lte', '$ne'), scalars).map(([operator, operand]) => ({ $elemMatch: { [operator]: operand } })),
  fc.tuple(names, scalars).map(([name, operand]) => ({ $elemMatch: { [name]: operand } })),
)

const conditions = fc.oneof(values, comparisons, others, fc.oneof(comparisons, others).map((condition) => ({ $not: condition })))

/** Filters: conditions on paths, joined and nested by `$and`, `$or`, `$nor`. */
export const filters: fc.Arbitrary<Plain> = fc.letrec<{ filter: Plain }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    { weight: 4, arbitrary: fc.dictionary(paths, conditions, { minKeys: 1, maxKeys: 2, noNullPrototype: true }) },
    fc.tuple(fc.constantFrom('$and', '$or', '$nor'), fc.array(tie('filter'), { minLength: 1, maxLength: 2 })).map(([key, list]) => ({ [key]: list })),
  ),
})).filter
