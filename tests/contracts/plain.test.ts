import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromPlain, toPlain } from '../../server/adapters/mongo/plain.ts'

const leaf = fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null), fc.date({ noInvalidDate: true }))
const name = fc.oneof(fc.string(), fc.constantFrom('', '%', '.', '$', '$a.b', '%2E', '%24', '%25', '\0', '__proto__'))
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value')), fc.dictionary(name, tie('value'), { noNullPrototype: true })),
}))

test('E1: whatever the field names, a value comes back as it went', () => {
  fc.assert(
    fc.property(value, (given) => {
      expect(fromPlain(toPlain(given))).toEqual(given)
    }),
  )
})

test('E1: no stored name is empty, holds a dot or begins with a dollar', () => {
  fc.assert(
    fc.property(fc.dictionary(name, leaf), (given) => {
      const names = Object.keys(toPlain({ ...given }) as object)
      expect(names.filter((each) => each === '' || each.startsWith('$') || /[.\0]/.test(each))).toEqual([])
    }),
  )
})

test('E1: a field that is undefined is left out', () => {
  expect(toPlain({ a: undefined, b: [undefined, 1] })).toEqual({ b: [null, 1] })
})
