import type { Fact, StaffFact } from '../../server/domain/event.ts'
import { staffId } from '../../server/domain/ids.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { textOf, type Fields } from '../fields.ts'
import { createdAt, eventKey, required } from '../message-head.ts'

/**
 * What a member did in our app, or what changed about a member; null for any other event.
 * Source: wecom-callback.md sections 6.4 and 6.6 (document/path/90970, 90240). @throws MalformedCallback
 */
export function staffFacts(name: string, fields: Fields, delivery: Delivery): readonly Fact[] | null {
  const facts = factsOf(name, fields, delivery)
  return facts && facts.map((fact) => ({ about: 'staff', fact }) as const)
}

function factsOf(name: string, fields: Fields, delivery: Delivery): readonly StaffFact[] | null {
  switch (name) {
    case 'template_card_event':
    case 'template_card_menu_event':
      return [cardTap(fields, delivery)]
    case 'subscribe':
      return [{ kind: 'entered-app', ...sender(fields, delivery) }]
    case 'unsubscribe':
      return [{ kind: 'left-app', ...sender(fields, delivery) }]
    case 'change_contact':
      return memberChanges(fields, delivery)
    default:
      return null
  }
}

/** Our cards have no selectors; what another system's cards had chosen in them is not ours. */
function cardTap(fields: Fields, delivery: Delivery): StaffFact {
  return {
    kind: 'tapped-card',
    ...sender(fields, delivery),
    taskId: required(fields, 'TaskId'),
    button: required(fields, 'EventKey'),
    responseCode: textOf(fields, 'ResponseCode'),
  }
}

/** Members only: departments and tags of members reach us as unrecognised. After a rename nobody has the old userid. */
function memberChanges(fields: Fields, delivery: Delivery): readonly StaffFact[] | null {
  const changeType = required(fields, 'ChangeType').toLowerCase()
  if (changeType !== 'create_user' && changeType !== 'update_user' && changeType !== 'delete_user') return null
  const [key, at, userid] = [eventKey(delivery), createdAt(fields), required(fields, 'UserID')]
  const kind = changeType === 'delete_user' ? 'member-left' : 'member-changed'
  const newUserid = changeType === 'update_user' ? textOf(fields, 'NewUserID') : null
  if (newUserid === null) return [{ kind, key, at, staffId: staffId(userid) }]
  const renamed = { key: `${key}:new`, at, staffId: staffId(newUserid) }
  return [
    { kind: 'member-left', key, at, staffId: staffId(userid) },
    { kind: 'member-changed', ...renamed },
  ]
}

/** The member whom FromUserName names. */
function sender(fields: Fields, delivery: Delivery) {
  return { key: eventKey(delivery), at: createdAt(fields), staffId: staffId(required(fields, 'FromUserName')) }
}
