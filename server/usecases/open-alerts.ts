import type { Alert, AlertState } from '../domain/alert.ts'
import type { Clock } from '../ports/clock.ts'
import type { Alerts } from '../ports/outbox.ts'

export type OpenAlerts = ReturnType<typeof createOpenAlerts>

/** States in which the phone has rung or could not: being seen changes them. What is still to ring stays as it is. */
const seen: readonly AlertState[] = ['sent', 'sent-unconfirmed', 'refused']

/** Shown in sidebar or inbox: opened, since WeCom has no read receipt (E6). */
export function createOpenAlerts(deps: { alerts: Alerts; clock: Clock }) {
  return async function openAlerts(list: readonly Alert[]): Promise<readonly Alert[]> {
    const at = deps.clock.now()
    return Promise.all(
      list.map(async (alert) => {
        if (!seen.includes(alert.state)) return alert
        const to = { state: 'opened' as const, at, reason: 'shown' }
        await deps.alerts.change(alert.key, seen, to)
        return { ...alert, state: 'opened' as const, history: [...alert.history, to] }
      }),
    )
  }
}
