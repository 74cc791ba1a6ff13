import type { Alert } from '../domain/alert.ts'
import { laterStillRelevant } from '../domain/alert-life.ts'
import { identityKey } from '../domain/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { Live } from '../ports/live.ts'
import type { Alerts } from '../ports/outbox.ts'
import type { People } from '../ports/people.ts'
import type { Timeline } from '../ports/timeline.ts'
import { identitiesOf } from './remember-events.ts'

export interface DropSettledDeps {
  alerts: Alerts
  people: People
  timeline: Timeline
  live: Live
  clock: Clock
}

export type DropSettled = ReturnType<typeof createDropSettled>

/** What 稍后 put off comes back only if the customer has not settled it meanwhile (E3). Returns what still matters. */
export function createDropSettled(deps: DropSettledDeps) {
  const { alerts, people, timeline, live, clock } = deps

  async function stillMatters(alert: Alert): Promise<boolean> {
    const now = clock.now()
    const key = identityKey({ kind: 'external', externalUserId: alert.externalUserId })
    const person = (await people.find([key])).get(key)
    const since = person ? await timeline.between(identitiesOf(person), alert.at, now) : []
    return laterStillRelevant(alert, since, now)
  }

  async function drop(alert: Alert): Promise<void> {
    const to = { state: 'retracted' as const, at: clock.now(), reason: 'settled-meanwhile' }
    const dropped = await alerts.change(alert.key, ['snoozed'], to)
    if (dropped) await live.publish([{ staffId: alert.owner, kind: 'alert-changed', subject: alert.key }])
  }

  return async function dropSettled(list: readonly Alert[]): Promise<readonly Alert[]> {
    const kept: Alert[] = []
    for (const alert of list) {
      const isBack = alert.state === 'snoozed' && alert.dueAt !== null && alert.dueAt <= clock.now()
      if (!isBack || (await stillMatters(alert))) kept.push(alert)
      else await drop(alert)
    }
    return kept
  }
}
