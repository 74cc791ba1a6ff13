import { expect, test } from 'vitest'
import { createSeenIds } from '../../server/domain/seen-ids.ts'

test('A10: of very many openids alike but for a few letters, those that were seen are known, and no other is taken for one', () => {
  const ids = (head: string) => Array.from({ length: 60_000 }, (_, index) => `oAbCdEfGhIjKlMnOp_${head}${index.toString(36).padStart(5, '0')}`)
  const seen = createSeenIds()
  expect(seen.has('')).toBe(false)
  const listed = ids('a')
  seen.add(listed)
  seen.add(listed.slice(0, 10))
  expect(listed.filter((id) => !seen.has(id))).toEqual([])
  expect([...ids('b'), ...ids('A'), ...ids('aa')].filter((id) => seen.has(id))).toEqual([])
})
