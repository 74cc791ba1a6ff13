import { MalformedCallback } from '../server/domain/errors.ts'
import { readContent } from './content.ts'
import { textOf } from './fields.ts'

/** Events of an Official Account that take a passive reply (official-account.md section 4); of others nobody sees it. */
const accountEvents = new Set(['subscribe', 'SCAN', 'CLICK', 'scancode_waitmsg', 'scancode_push', 'pic_sysphoto', 'pic_photo_or_album', 'pic_weixin', 'location_select', 'LOCATION'])
/** Of a WeCom app (wecom-callback.md section 5). Contacts' events take none. */
const appEvents = new Set(['subscribe', 'enter_agent', 'LOCATION', 'click', 'view', 'view_miniprogram', 'scancode_waitmsg', 'template_card_menu_event'])

/** Whether the answer to this message of an Official Account shows in the customer's chat. */
export function accountAnswerIsSeen(bytes: Uint8Array): boolean {
  return answerIsSeen(bytes, accountEvents)
}

/** Whether the answer to this message of a WeCom app shows in a member's chat. */
export function appAnswerIsSeen(bytes: Uint8Array): boolean {
  return answerIsSeen(bytes, appEvents)
}

/** Whether the answer to this message of a mini-program decides who talks to the customer (transfer_customer_service). */
export function miniProgramAnswerIsSeen(bytes: Uint8Array): boolean {
  return answerIsSeen(bytes, new Set(['user_enter_tempsession']))
}

function answerIsSeen(bytes: Uint8Array, events: ReadonlySet<string>): boolean {
  try {
    const fields = readContent(bytes)
    const type = textOf(fields, 'MsgType')
    return type === 'event' ? events.has(textOf(fields, 'Event') ?? '') : type !== null
  } catch (error) {
    if (error instanceof MalformedCallback) return false
    throw error
  }
}
