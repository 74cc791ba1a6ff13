import type { Message } from '../../domain/alert.ts'
import { machineNow } from './schema.ts'

/**
 * A message as stored, under its task_id. `rangAt` is when the phone rang as far as we know: the time it was sent, and
 * until that is known the time it was frozen, since a first attempt follows at once and its answer may be lost.
 */
export interface MessageDocument extends Omit<Message, 'id'> {
  _id: string
  rangAt: Date
  storedAt: Date
  /** Its words go once it waits no longer. */
  forgetsWords?: boolean
}

/** A new message's document. */
export function toMessageDocument({ id, ...message }: Message): MessageDocument {
  return { ...withoutExtras(message), _id: id, rangAt: message.sentAt ?? message.frozenAt, storedAt: machineNow() }
}

/** The message as the domain knows it. */
export function toMessage({ _id, ...document }: MessageDocument): Message {
  return { id: _id, ...withoutExtras(document) }
}

function withoutExtras(message: Omit<Message, 'id'>): Omit<Message, 'id'> {
  const { responseCode, update } = message
  return {
    staffId: message.staffId,
    json: message.json,
    alertKeys: [...message.alertKeys],
    externalUserIds: [...message.externalUserIds],
    kind: message.kind,
    state: message.state,
    frozenAt: message.frozenAt,
    nextTryAt: message.nextTryAt,
    attempts: message.attempts,
    sentAt: message.sentAt,
    msgId: message.msgId,
    responseCode: responseCode ? { code: responseCode.code, at: responseCode.at } : null,
    update: update ? { text: update.text, dueAt: update.dueAt } : null,
    note: message.note,
  }
}
