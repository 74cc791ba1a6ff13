import { MalformedCallback } from '../../server/domain/errors.ts'
import type { EventBody, Fact } from '../../server/domain/event.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { readContent } from '../content.ts'
import { textOf, type Fields } from '../fields.ts'
import { headOfAppUser, required, unrecognised } from '../message-head.ts'
import { memberCardLink } from './member-cards.ts'

const messageTypes: ReadonlySet<string> = new Set(['text', 'image', 'voice', 'video', 'shortvideo', 'location', 'link'])

/**
 * What one message or event of the Official Account tells. Users named in `OpenID` (user_info_modified and its kin) are
 * not FromUserName; those events tell us nothing yet.
 * Source: official-account.md sections 5 and 6 (Receiving_standard_messages, Receiving_event_pushes).
 * @throws MalformedCallback
 */
export function parseOfficialAccount(delivery: Delivery): readonly Fact[] {
  const fields = readContent(delivery.bytes)
  const card = memberCardLink(fields, delivery)
  if (card) return [{ about: 'link', link: card }]
  const body = bodyOf(fields)
  if (body === null) return unrecognised(fields)
  return [{ about: 'customer', event: { ...headOfAppUser(fields, delivery, 'official-account'), ...body } }]
}

function bodyOf(fields: Fields): EventBody | null {
  const type = required(fields, 'MsgType')
  if (type === 'event') return eventBody(fields)
  if (!messageTypes.has(type)) return null
  return { kind: 'sent-message', messageType: type, text: type === 'text' ? wholeText(fields) : null }
}

/** Names are compared without case: the manual's spelling varies. The *message type* location is not the event. */
function eventBody(fields: Fields): EventBody | null {
  switch (required(fields, 'Event').toLowerCase()) {
    case 'subscribe':
      return { kind: 'followed-account', scene: sceneOf(textOf(fields, 'EventKey')) }
    case 'unsubscribe':
      return { kind: 'unfollowed-account' }
    case 'scan':
      return { kind: 'scanned-code', scene: required(fields, 'EventKey') }
    case 'click':
      return { kind: 'tapped-menu', menuKey: required(fields, 'EventKey') }
    case 'view':
      return { kind: 'opened-menu-link', url: required(fields, 'EventKey') }
    default:
      return null
  }
}

/** A follow after a payment brings `last_trade_no_…`, which is no scene of ours. Unverified (section 6). */
function sceneOf(eventKey: string | null): string | null {
  if (eventKey === null || eventKey.startsWith('last_trade_no_')) return null
  return eventKey.replace(/^qrscene_/, '') || null
}

/** What was written, spaces included. */
function wholeText(fields: Fields): string {
  const content = fields.get('Content')
  if (typeof content !== 'string') throw new MalformedCallback('Content is missing')
  return content
}
