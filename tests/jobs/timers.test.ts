import { expect, test } from 'vitest'
import { shippedRules } from '../../config/rules.ts'
import { fireTimers } from '../../server/domain/weigh.ts'
import { rebuild } from '../../server/domain/rebuild.ts'
import type { PersonId } from '../../server/domain/ids.ts'
import { createRememberEvents, type RememberEventsDeps } from '../../server/usecases/remember-events.ts'
import { day, mall, start } from '../domain/events.ts'
import { openTestStores } from '../support/store.ts'

test('E1 B1: a timer of nobody, or of a rule that was taken out, is due once and not for ever', async () => {
  const stores = await openTestStores()
  const rules = shippedRules.filter(({ shape }) => shape !== 'missing-step')
  const { fireTimers: fire } = createRememberEvents({ ...stores, rules } as RememberEventsDeps)
  const { memory } = rebuild([mall(0, 'add-to-cart')], shippedRules, null)
  const until = new Date(start + day)
  const found = await stores.people.resolve(['unionid:lin' as never], until)
  const lin = found.get('unionid:lin' as never)?.id as PersonId
  await stores.memories.save([lin, 'nobody' as PersonId].map((id) => ({ id, version: 0, memory })))

  const settled: unknown[] = []
  const settle = async (turns: readonly { raised: readonly unknown[] }[]) => void settled.push(...turns.flatMap(({ raised }) => raised))
  expect(await fire(until, 10, settle)).toBe(2)
  expect(await fire(until, 10, settle)).toBe(0)
  expect(settled).toEqual([])
  expect([...(await stores.memories.load([lin, 'nobody' as PersonId])).keys()]).toEqual([lin])
  expect(fireTimers(memory, until, shippedRules).signals).toHaveLength(1)
  await stores.drop()
})
