import { isDeepStrictEqual } from 'node:util'
import type { InboundSource } from '../../config/inbound-file.ts'
import type { CustomerEvent } from '../../server/domain/event.ts'
import { identityKey, type Identity } from '../../server/domain/ids.ts'
import { normaliseMemberNumber, normalisePhone } from '../../server/domain/phone.ts'
import type { IdentityHasher } from '../../server/edge/identity-hash.ts'
import { toContent } from '../fields.ts'
import { readJson } from '../json.ts'
import { Unreadable } from '../unreadable.ts'
import type { OpenSource } from './open-source.ts'

/** What is wrong with a source's samples: each is read as a message of its own, and compared with what it expects. */
export function sampleProblems({ name, mapping }: InboundSource, source: OpenSource, hasher: IdentityHasher): string[] {
  return mapping.samples.flatMap(({ body, events }, index) => {
    const place = `inbound source ${name}: sample ${index + 1}`
    const origin = { source: name, webhookId: 'sample', now: null }
    try {
      const mapped = source.map(source.prepare(readJson(JSON.stringify(body ?? null))), origin)
      const lines = [...mapped.problems, ...differences(mapped.events, events, hasher)]
      return lines.map((line) => `${place}: ${line}`)
    } catch (error) {
      if (error instanceof Unreadable) return [`${place}: ${error.reason}`]
      throw error
    }
  })
}

type Expected = Readonly<Record<string, unknown>>

function differences(events: readonly CustomerEvent[], expected: readonly Expected[], hasher: IdentityHasher): string[] {
  if (events.length !== expected.length) return [`gives ${events.length} events (${events.map(({ kind }) => kind).join(', ')}), expected ${expected.length}`]
  return expected.flatMap((one, index) => {
    const event = plain(events[index] as CustomerEvent)
    const wrong = Object.keys(one).filter((field) => !fits(event[field], field === 'who' ? whoOf(one[field], hasher) : one[field]))
    return wrong.map((field) => `events[${index}].${field} comes out as ${JSON.stringify(event[field] ?? null)}`)
  })
}

/** Times as ISO text in UTC, identities as their key. */
function plain(event: CustomerEvent): Record<string, unknown> {
  return { ...(JSON.parse(JSON.stringify(event)) as Record<string, unknown>), who: identityKey(event.who) }
}

function fits(value: unknown, expected: unknown): boolean {
  const isTime = typeof value === 'string' && typeof expected === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(expected)
  if (isTime) return new Date(value).getTime() === new Date(expected).getTime()
  return isDeepStrictEqual(value, expected)
}

/** `{ "phone": "13800138000" }`, `{ "member": … }`, `{ "unionid": … }` or `{ "openid": …, "appId": … }` as its key. */
function whoOf(expected: unknown, hasher: IdentityHasher): unknown {
  const fields = toContent(expected)
  const text = (field: string) => (fields instanceof Map ? String(fields.get(field) ?? '') : '')
  const phone = normalisePhone(text('phone'))
  if (phone) return identityKey(hasher.phone(phone))
  const number = normaliseMemberNumber(text('member'))
  if (number) return identityKey(hasher.member(number))
  if (text('unionid')) return identityKey({ kind: 'unionid', unionId: text('unionid') } as Identity)
  return identityKey({ kind: 'openid', appId: text('appId'), openId: text('openid') } as Identity)
}
