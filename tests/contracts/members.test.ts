import { afterAll, beforeAll, expect, test } from 'vitest'
import { staffId } from '../../server/domain/ids.ts'
import type { Department, Member } from '../../server/ports/members.ts'
import { openTestStores, type TestStores } from '../support/store.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

function member(userid: string, departments: number[], leads: number[] = []): Member {
  return { staffId: staffId(userid), userid, name: `${userid} name`, departments, leads }
}

function department(id: number, parentId: number, leaders: string[] = []): Department {
  return { id, name: `department ${id}`, parentId, leaders: leaders.map(staffId) }
}

const departments = [department(1, 0), department(2, 1, ['Boss']), department(3, 2), department(4, 1)]
const members = [member('Boss', [1]), member('Mei', [3]), member('Yun', [2, 4]), member('Anna', [4], [4]), member('Hua', [1])]

test('A10: a manager sees members of the departments they lead and of those below, whichever side names them', async () => {
  expect(await stores.members.putDepartments(departments)).toBe(4)
  expect(await stores.members.put(members)).toBe(5)
  expect(await stores.members.ledBy(staffId('boss'))).toEqual(['mei', 'yun'])
  expect(await stores.members.ledBy(staffId('Anna'))).toEqual(['yun'])
  expect(await stores.members.ledBy(staffId('Mei'))).toEqual([])
  expect(await stores.members.ledBy(staffId('nobody'))).toEqual([])
})

test('A10: what is the same is not written again; what differs is, and is read back as it was put', async () => {
  expect(await stores.members.put(members)).toBe(0)
  expect(await stores.members.putDepartments(departments)).toBe(0)
  const moved = { ...member('Mei', [4]), name: null }
  expect(await stores.members.put([moved, member('Yun', [2, 4])])).toBe(1)
  expect(await stores.members.get(staffId('Mei'))).toEqual(moved)
  expect([...(await stores.members.many([staffId('Mei'), staffId('Nobody')])).keys()]).toEqual(['mei'])
  expect(await stores.members.putDepartments([{ ...department(4, 2), name: null }])).toBe(1)
  expect(await stores.members.departments()).toEqual([...departments.slice(0, 3), { ...department(4, 2), name: null }])
  expect(await stores.members.ledBy(staffId('Boss'))).toEqual(['anna', 'mei', 'yun'])
})

test('A10: who is listed no longer has gone', async () => {
  expect(await stores.members.keepOnly([staffId('Boss'), staffId('Yun')])).toEqual(['anna', 'hua', 'mei'])
  expect(await stores.members.get(staffId('Anna'))).toBeNull()
  expect(await stores.members.keepOnly([staffId('Boss'), staffId('Yun')])).toEqual([])
  expect(await stores.members.keepOnlyDepartments([1, 2])).toEqual([3, 4])
  expect((await stores.members.departments()).map(({ id }) => id)).toEqual([1, 2])
})

test('A10: a circle of departments ends', async () => {
  await stores.members.putDepartments([department(8, 9, ['Yun']), department(9, 8)])
  await stores.members.put([member('Xu', [9])])
  expect(await stores.members.ledBy(staffId('Yun'))).toEqual(['xu'])
})
