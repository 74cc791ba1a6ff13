import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { pack, unpack } from '../../server/adapters/mongo/packed.ts'
import { findAnywhere, findWholeIds } from '../../server/adapters/mongo/traces.ts'

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((given) => given + 0)
const leaf = fc.oneof(fc.string({ unit: 'binary' }), number, fc.boolean(), fc.constant(null), fc.date({ noInvalidDate: true }))
const name = fc.oneof(fc.string(), fc.constantFrom('', '%', '.', '$a.b', '\0', '__proto__', '7'))
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value')), fc.dictionary(name, tie('value'), { noNullPrototype: true })),
}))

test('E1: whatever it holds, a packed value comes back as it went', () => {
  fc.assert(
    fc.property(value, (given) => {
      expect(unpack(pack(given))).toEqual(given)
    }),
  )
})

test('E1: a field that is undefined is left out', () => {
  expect(unpack(pack({ a: undefined, b: [undefined, 1] }))).toEqual({ b: [null, 1] })
})

test('C4: an id is found in a packed value, also where a sign stands before it that JSON escapes', () => {
  for (const before of ['', ':', '\n', '"', '\\', '\t', '\0']) {
    const text = pack({ rules: [{ key: `${before}oLin-7_x` }] })
    expect(findWholeIds(['oLin-7_x']).in(text)).toBe(true)
    expect(findAnywhere(['oLin-7_x'])(text)).toBe(true)
    expect(findWholeIds(['oLin-7']).in(text)).toBe(false)
  }
})
