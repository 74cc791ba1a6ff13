import { MalformedCallback } from '../../server/domain/errors.ts'
import type { Fact } from '../../server/domain/event.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { readBytes } from './read-bytes.ts'
import { Unreadable } from '../unreadable.ts'
import type { Mapped } from './map.ts'
import type { InboundSources } from './sources.ts'

/** A second delivery of a message some of whose parts are wrong, so that these wait for a better mapping. */
const problemsMark = '|problems'

/** Keys of what is stored of a message: its id, or its id marked as the copy that holds what could not be read. */
export function inboundKeys(webhookId: string): { whole: string; problems: string } {
  return { whole: webhookId, problems: `${webhookId}${problemsMark}` }
}

/**
 * What a stored message tells, by the mapping as it is now. A message with wrong parts was stored twice: the one tells
 * what could be read, the other is set aside until all of it can.
 * @throws MalformedCallback naming each wrong field
 */
export function parseInbound(delivery: Delivery, sources: InboundSources): readonly Fact[] {
  const isProblems = delivery.key.endsWith(problemsMark)
  const webhookId = isProblems ? delivery.key.slice(0, -problemsMark.length) : delivery.key
  const { events, problems } = mapped(delivery, webhookId, sources)
  if (problems.length > 0 && (isProblems || events.length === 0)) throw new MalformedCallback(problems.join('; ').slice(0, 1_000))
  if (events.length === 0) return [{ about: 'nothing', reason: `inbound ${delivery.account}` }]
  return events.map((event) => ({ about: 'customer', event }))
}

function mapped(delivery: Delivery, webhookId: string, sources: InboundSources): Mapped {
  const source = sources.get(delivery.account)
  if (!source) throw new MalformedCallback('no inbound source of that name is configured')
  try {
    return source.map(source.prepare(readBytes(delivery.bytes)), { source: source.name, webhookId, now: delivery.receivedAt })
  } catch (cause) {
    if (cause instanceof Unreadable) throw new MalformedCallback(cause.reason, { cause })
    throw cause
  }
}
