import type { Fact } from '../../server/domain/event.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { textOf, type Fields } from '../fields.ts'
import { headOfAppUser, nothing, required } from '../message-head.ts'

const kinds = new Map([['1', 'became-sharer'], ['2', 'left-sharers']] as const)

/** FromUserName (and `openid`) is the sharer 分享员; bind_status 1 bound, 2 unbound. */
export function sharerFact(fields: Fields, delivery: Delivery): readonly Fact[] {
  const status = textOf(fields, 'bind_status')
  const kind = kinds.get(status as '1' | '2')
  if (!kind) return nothing(required(fields, 'Event'), status ?? '')
  const head = headOfAppUser(fields, delivery, 'wechat-shop')
  return [{ about: 'customer', event: { ...head, kind, item: null, text: null } }]
}
