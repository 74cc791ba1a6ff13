import { expect, test, vi } from 'vitest'
import { shippedRules } from '../../config/rules.ts'
import { fireTimers } from '../../server/domain/weigh.ts'
import { rebuild } from '../../server/domain/rebuild.ts'
import type { CustomerEvent } from '../../server/domain/event.ts'
import { identityKey, type ExternalUserId, type IdentityKey, type PersonId, type UnionId } from '../../server/domain/ids.ts'
import type { Person } from '../../server/domain/person.ts'
import { createRememberEvents, identitiesOf, type RememberEventsDeps } from '../../server/usecases/remember-events.ts'
import { day, mall, start, wrote } from '../domain/events.ts'
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

test('C1 E1: who was joined while another loop saved their memory first is weighed as who they have become', async () => {
  const stores = await openTestStores()
  const [lin, contact] = [{ kind: 'unionid', unionId: 'lin' as UnionId }, { kind: 'external', externalUserId: 'wm-lin' as ExternalUserId }] as const
  const [a, b] = [identityKey(lin), identityKey(contact)]
  const at = new Date(start)
  const { weigh, keep } = createRememberEvents({ ...stores, rules: shippedRules } as RememberEventsDeps)
  const apart = await stores.people.resolve([b], at)
  const known = await stores.people.resolve([a], at)
  const before = known.get(a) as Person
  const save = stores.memories.save.bind(stores.memories)
  vi.spyOn(stores.memories, 'save').mockImplementationOnce(async (saves) => {
    await stores.people.join({ a, b, evidence: { by: 'contact' }, at })
    await save(saves)
    return save(saves)
  })
  const turns: (readonly IdentityKey[])[] = []
  const kept = await keep([{ ...wrote(0, '多少钱'), who: lin } as CustomerEvent])
  await weigh(kept, known, at, async (list) => void turns.push(...list.map(({ person }) => identitiesOf(person).toSorted())))
  expect(turns).toEqual([[a], [b, a]])
  const ids = [before.id, apart.get(b)?.id as PersonId]
  const whole = (await stores.people.byIds(ids)).get(before.id) as Person
  expect([...(await stores.memories.load(ids)).keys()]).toEqual([whole.id])
  await stores.drop()
})
