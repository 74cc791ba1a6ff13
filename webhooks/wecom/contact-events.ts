import type { EventBody, Fact } from '../../server/domain/event.ts'
import { staffId, type ExternalUserId } from '../../server/domain/ids.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { textOf, type Fields } from '../fields.ts'
import { createdAt, eventKey, nothing, required } from '../message-head.ts'

/**
 * change_external_contact: a customer and a member became, changed or ended contacts. It carries no unionid.
 * Source: wecom-callback.md section 6.1 (document/path/92130). @throws MalformedCallback
 */
export function contactFacts(fields: Fields, delivery: Delivery): readonly Fact[] {
  const changeType = required(fields, 'ChangeType').toLowerCase()
  const body = bodyOf(changeType, fields)
  if (body === null) return nothing('change_external_contact', changeType)
  const who = { kind: 'external', externalUserId: required(fields, 'ExternalUserID') as ExternalUserId } as const
  const head = { key: eventKey(delivery), at: createdAt(fields), who, source: 'wecom' } as const
  return [{ about: 'customer', event: { ...head, ...body } }]
}

/** An in-service transfer completed: the taker is already there. */
function isTransfer(fields: Fields): boolean {
  return textOf(fields, 'Source') === 'DELETE_BY_TRANSFER'
}

function bodyOf(changeType: string, fields: Fields): EventBody | null {
  const member = () => staffId(required(fields, 'UserID'))
  const contactWay = textOf(fields, 'State')
  switch (changeType) {
    case 'add_external_contact':
      return { kind: 'became-contact', staffId: member(), userid: required(fields, 'UserID'), contactWay }
    case 'add_half_external_contact':
      return { kind: 'half-added-contact', staffId: member(), contactWay }
    case 'edit_external_contact':
      return { kind: 'edited-contact', staffId: member(), contactWay }
    case 'del_external_contact':
      return { kind: 'removed-by-staff', staffId: member(), byTransfer: isTransfer(fields) }
    case 'del_follow_user':
      return { kind: 'removed-by-customer', staffId: member() }
    case 'transfer_fail':
      return { kind: 'contact-transfer-failed', staffId: member(), failReason: required(fields, 'FailReason') }
    default:
      return null
  }
}
