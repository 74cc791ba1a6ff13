import type { Alert } from '../../server/domain/alert.ts'
import type { ExternalUserId, StaffId } from '../../server/domain/ids.ts'
import { start } from './events.ts'

/** An alert of 小梅 about 林小姐, raised `raisedAt` ms after the start of these tests. */
export function alertAt(raisedAt: number, given: Partial<Alert> & { key: string }): Alert {
  const at = new Date(start + raisedAt)
  return {
    rule: 'basket-not-ordered',
    subject: 'i1',
    externalUserId: 'wm-lin' as ExternalUserId,
    customerName: '林小姐',
    owner: 'mei' as StaffId,
    tag: '加购未下单',
    title: '加购了羊绒大衣，还没下单',
    evidence: [],
    openers: [],
    items: ['i1'],
    eventKeys: ['e1'],
    urgency: 'now',
    direct: false,
    rings: true,
    at,
    raisedAt: at,
    dueAt: null,
    state: 'queued',
    history: [{ state: 'queued', at, reason: 'raised' }],
    messageId: null,
    ...given,
  }
}

/** The same alert after its state changed `at` ms after the start. */
export function moved(alert: Alert, state: Alert['state'], at: number, reason: string, dueAt: number | null = null): Alert {
  const history = [...alert.history, { state, at: new Date(start + at), reason }]
  return { ...alert, state, history, dueAt: dueAt === null ? null : new Date(start + dueAt) }
}
