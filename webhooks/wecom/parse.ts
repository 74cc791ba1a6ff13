import type { Fact } from '../../server/domain/event.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { readContent } from '../content.ts'
import { textOf, type Fields } from '../fields.ts'
import { createdAt, eventKey, nothing, required, unrecognised } from '../message-head.ts'
import { contactFacts } from './contact-events.ts'
import { staffFacts } from './staff-events.ts'

const appHealth: ReadonlySet<string> = new Set([
  'inactive_alert',
  'close_inactive_agent',
  'reopen_inactive_agent',
  'low_active_alert',
  'low_active',
  'active_restored',
])

/**
 * What one event of WeCom tells about a customer, a member or the company.
 * Source: wecom-callback.md section 6 (document/path/92130, 90970, 90971, 90240).
 * @throws MalformedCallback
 */
export function parseWeCom(delivery: Delivery): readonly Fact[] {
  const fields = readContent(delivery.bytes)
  if (required(fields, 'MsgType') !== 'event') return unrecognised(fields)
  const name = required(fields, 'Event').toLowerCase()
  if (name === 'change_external_contact') return contactFacts(fields, delivery)
  if (name === 'change_external_tag') return tagsChanged(fields, delivery)
  if (appHealth.has(name)) return appHealthChanged(name, fields, delivery)
  return staffFacts(name, fields, delivery) ?? nothing(name, ...(changeTypeOf(fields) ?? []))
}

/** `detail` names what changed and how: `create tag etTAG0001`; a shuffle of all groups has no id. */
function tagsChanged(fields: Fields, delivery: Delivery): readonly Fact[] {
  const words = [required(fields, 'ChangeType'), textOf(fields, 'TagType'), textOf(fields, 'Id')]
  const detail = words.filter((word) => word !== null).join(' ')
  return [{ about: 'company', fact: { kind: 'tags-changed', key: eventKey(delivery), at: createdAt(fields), detail } }]
}

/** The app may soon lose API permission; an alert also says when (EffectTime). */
function appHealthChanged(name: string, fields: Fields, delivery: Delivery): readonly Fact[] {
  const effect = textOf(fields, 'EffectTime')
  const detail = effect === null ? name : `${name} ${effect}`
  return [{ about: 'company', fact: { kind: 'app-health', key: eventKey(delivery), at: createdAt(fields), detail } }]
}

function changeTypeOf(fields: Fields): [string] | null {
  const type = textOf(fields, 'ChangeType')
  return type === null ? null : [type]
}
