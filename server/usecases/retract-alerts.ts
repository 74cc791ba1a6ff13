import { openStates, unsentStates, type Alert } from '../domain/alert.ts'
import type { Clock } from '../ports/clock.ts'
import type { Live } from '../ports/live.ts'
import type { Alerts, Messages } from '../ports/outbox.ts'

export type RetractAlerts = ReturnType<typeof createRetractAlerts>

/**
 * handed-over, nobody-follows: the member has lost the customer, to a colleague or altogether. somebody-else: an undone
 * join has shown that it was not the customer who did it. paused, erased: the customer's own wish.
 */
export type RetractReason = 'paid' | 'no-longer-true' | 'handed-over' | 'nobody-follows' | 'somebody-else' | 'paused' | 'erased'

const cardWords: Readonly<Record<RetractReason, string>> = {
  paid: '已付款，不用跟进了',
  'no-longer-true': '情况变了，不用跟进了',
  'handed-over': '已转给同事',
  'nobody-follows': '已不是好友了',
  'somebody-else': '不是同一位客人，不用跟进了',
  // What a customer wishes of their records is told on the page about them, not on a lock screen.
  paused: '情况变了，不用跟进了',
  erased: '记录已按规定删除',
}

/** An alert that no longer stands: retracted if the phone has not rung, else superseded and its card updated (E3). */
export function createRetractAlerts(deps: { alerts: Alerts; messages: Messages; live: Live; clock: Clock }) {
  const { alerts, messages, live, clock } = deps

  return async function retractAlerts(list: readonly Alert[], reason: RetractReason): Promise<void> {
    for (const alert of list) {
      const at = clock.now()
      const unsent = await alerts.change(alert.key, unsentStates, { state: 'retracted', at, reason })
      const state = reason === 'no-longer-true' || reason === 'somebody-else' ? 'superseded' : 'retracted'
      const changed = unsent || (await alerts.change(alert.key, openStates, { state, at, reason }))
      if (!changed) continue
      // The card first: a page that is not told reads the new state anyway, a card would stay as it is.
      if (!unsent) await greyOut(alert, reason, at)
      await live.publish([{ staffId: alert.owner, kind: 'alert-changed', subject: alert.key }])
    }
  }

  /** Only a card all of whose alerts are closed is greyed out. */
  async function greyOut(alert: Alert, reason: RetractReason, at: Date): Promise<void> {
    const now = await alerts.get(alert.key)
    const message = now?.messageId ? await messages.get(now.messageId) : null
    if (!message) return
    const told = await alerts.many(message.alertKeys)
    if (told.some(({ state }) => openStates.includes(state))) return
    await messages.save(message.id, { update: { text: cardWords[reason], dueAt: at } })
  }
}
