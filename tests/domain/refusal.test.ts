import { expect, test } from 'vitest'
import { refusalKind, type RefusalKind } from '../../server/domain/refusal.ts'

test.each<[number, RefusalKind]>([
  [-1, 'retry-later'],
  [6000, 'retry-later'],
  [42001, 'retry-later'],
  [45009, 'retry-later'],
  [45033, 'retry-later'],
  [40001, 'configuration'],
  [40056, 'configuration'],
  [48002, 'configuration'],
  [60020, 'configuration'],
  [301002, 'configuration'],
  [40003, 'permanent'],
  [60111, 'permanent'],
  [81013, 'permanent'],
  [60140, 'permanent'],
  [999999, 'permanent'],
])('E6: errcode %i asks for %s', (errcode, kind) => {
  expect(refusalKind(errcode)).toBe(kind)
})
