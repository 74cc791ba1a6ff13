import type { Alert } from '../../domain/alert.ts'
import { machineNow } from './schema.ts'

/** An alert as stored, under its key; `changedAt` is the time of its newest change. */
export interface AlertDocument extends Omit<Alert, 'key'> {
  _id: string
  changedAt: Date
  storedAt: Date
}

/** A new alert's document. */
export function toAlertDocument({ key, ...alert }: Alert): AlertDocument {
  const changedAt = alert.history.at(-1)?.at ?? alert.raisedAt
  return { ...withoutExtras(alert), _id: key, changedAt, storedAt: machineNow() }
}

/** The alert as the domain knows it. */
export function toAlert({ _id, ...document }: AlertDocument): Alert {
  return { key: _id, ...withoutExtras(document) }
}

/** Exactly the fields of an alert, named one by one: nothing of the store leaks out, nothing unknown gets in. */
function withoutExtras(alert: Omit<Alert, 'key'>): Omit<Alert, 'key'> {
  return {
    rule: alert.rule,
    subject: alert.subject,
    externalUserId: alert.externalUserId,
    customerName: alert.customerName,
    owner: alert.owner,
    tag: alert.tag,
    title: alert.title,
    evidence: alert.evidence.map(({ at, text }) => ({ at, text })),
    openers: [...alert.openers],
    items: [...alert.items],
    eventKeys: [...alert.eventKeys],
    urgency: alert.urgency,
    direct: alert.direct,
    rings: alert.rings,
    at: alert.at,
    raisedAt: alert.raisedAt,
    dueAt: alert.dueAt,
    state: alert.state,
    history: alert.history.map(({ state, at, reason }) => ({ state, at, reason })),
    messageId: alert.messageId,
  }
}
