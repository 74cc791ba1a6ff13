import { openStates } from '../domain/alert.ts'
import { expiryMs } from '../domain/alert-life.ts'
import type { Clock } from '../ports/clock.ts'
import type { Live } from '../ports/live.ts'
import type { Alerts } from '../ports/outbox.ts'

const mostAtATime = 200

/** What nobody took up in 72 h ends: every alert has a known fate (E6). */
export function createExpireAlerts(deps: { alerts: Alerts; live: Live; clock: Clock }) {
  const { alerts, live, clock } = deps
  return async function expireAlerts(): Promise<number> {
    const at = clock.now()
    const old = await alerts.openSince(new Date(at.getTime() - expiryMs), mostAtATime)
    for (const alert of old) {
      const expired = await alerts.change(alert.key, openStates, { state: 'expired', at, reason: '72h' })
      if (expired) await live.publish([{ staffId: alert.owner, kind: 'alert-changed', subject: alert.key }])
    }
    return old.length
  }
}
