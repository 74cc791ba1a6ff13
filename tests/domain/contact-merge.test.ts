import { expect, test } from 'vitest'
import { closeFollow, mergeSeen, openFollow, withoutFollows, type ContactSeen } from '../../server/domain/contact-merge.ts'
import type { CustomerEvent } from '../../server/domain/event.ts'
import type { ExternalUserId, StaffId } from '../../server/domain/ids.ts'

const mei = 'mei' as StaffId
const id = 'wm1' as ExternalUserId
const at = (minute: number) => new Date(Date.UTC(2026, 2, 2, 2, minute))
const part = { staffId: mei, userid: 'Mei', since: at(0), remark: null, contactWay: null, addWay: 1 }
const seen = (follows: ContactSeen['follows'], complete = true): ContactSeen => ({
  externalUserId: id, name: '林小姐', avatar: null, unionId: null, follows, complete,
})
const listed = mergeSeen(null, seen([part]), at(1))
const added = (minute: number): CustomerEvent => ({
  kind: 'became-contact', key: `add-${minute}`, at: at(minute), source: 'wecom', staffId: mei, userid: 'Mei', contactWay: null,
  who: { kind: 'external', externalUserId: id },
})

test.each([
  ['an answer that lists her no longer', mergeSeen(listed, seen([]), at(5))],
  ['a WeCom that knows nobody by this id', withoutFollows(listed, at(5))],
])('C1: absence from %s ends the part until it is listed or added again', (_, absent) => {
  expect(absent.follows).toMatchObject([{ ended: { at: at(5), by: 'absent' } }])
  expect(mergeSeen(absent, seen([part], false), at(9)).follows).toMatchObject([{ ended: null, since: at(0) }])
  expect(openFollow(absent, mei, 'Mei', added(4)).follows).toMatchObject([{ ended: null }])
})

test('C1: a deletion callback stands against what is still listed, also after an absence', () => {
  const absent = mergeSeen(listed, seen([]), at(5))
  const deleted = closeFollow(absent, mei, at(3), 'customer')
  expect(deleted.follows).toMatchObject([{ ended: { at: at(3), by: 'customer' } }])
  expect(mergeSeen(deleted, seen([part]), at(9)).follows).toMatchObject([{ ended: { by: 'customer' } }])
  expect(mergeSeen(deleted, seen([]), at(9)).follows).toMatchObject([{ ended: { at: at(3), by: 'customer' } }])
  expect(openFollow(deleted, mei, 'Mei', added(2)).follows).toMatchObject([{ ended: { by: 'customer' } }])
  expect(openFollow(deleted, mei, 'Mei', added(4)).follows).toMatchObject([{ ended: null }])
  expect(mergeSeen(deleted, seen([{ ...part, since: at(6) }]), at(9)).follows).toMatchObject([{ ended: null }])
})
