import type { Message } from '../domain/alert.ts'
import type { StaffId } from '../domain/ids.ts'
import { isOpen, nextOpening, type OpeningHours } from '../domain/opening-hours.ts'
import { freeAt, type Cap } from '../domain/ringing-cap.ts'
import type { Clock } from '../ports/clock.ts'
import type { Alerts, Messages } from '../ports/outbox.ts'
import { groupBy } from './group-by.ts'

export interface HoldMessagesDeps {
  messages: Messages
  alerts: Alerts
  hours: OpeningHours
  cap: Cap
  clock: Clock
}

export type HoldMessages = ReturnType<typeof createHoldMessages>

const hourMs = 3600_000

/** Whether the phone may have rung already: an attempt was made and WeCom did not say no to each. */
export function mayHaveRung({ attempts, note }: Pick<Message, 'attempts' | 'note'>): boolean {
  return attempts > 0 && !note?.startsWith('errcode')
}

/** Why a message that certainly has not rung was given up, its alerts to be told otherwise. */
export type TakenBack = 'quiet-hours' | 'nothing-left-to-tell' | 'told-otherwise'
const takenBack: ReadonlySet<string | null> = new Set<TakenBack>(['quiet-hours', 'nothing-left-to-tell', 'told-otherwise'])

/** Whether the message was given up by us, not refused by WeCom. */
export function isTakenBack({ state, note }: Pick<Message, 'state' | 'note'>): boolean {
  return state === 'refused' && takenBack.has(note)
}

/** Alerts of a message that certainly has not rung wait again, and the message is no more. */
export async function takeBack(deps: Pick<HoldMessagesDeps, 'messages' | 'alerts' | 'clock'>, message: Message, reason: TakenBack) {
  const at = deps.clock.now()
  for (const { key, messageId } of await deps.alerts.many(message.alertKeys)) {
    if (messageId !== message.id) continue
    await deps.alerts.change(key, ['merged'], { state: 'queued', at, reason }, { messageId: null })
  }
  // What it said is told anew by another, and nobody would come back here for words that change (F2).
  await deps.messages.forgetWords(message.id)
  await deps.messages.saveAttempt(message.id, message.attempts, { state: 'refused', note: reason })
}

/**
 * Quiet hours and the cap hold for every attempt, also for what piled up while WeCom was away (E4). In quiet hours what
 * certainly has not rung goes back to its alerts, for the digest at opening; what may have rung waits with its bytes.
 * Returns the messages that may go out now.
 */
export function createHoldMessages(deps: HoldMessagesDeps) {
  const { messages, hours, cap, clock } = deps

  async function putOff({ id, attempts }: Message, nextTryAt: Date): Promise<void> {
    await messages.saveAttempt(id, attempts, { nextTryAt })
  }

  async function waitForOpening(message: Message): Promise<void> {
    if (mayHaveRung(message)) return putOff(message, nextOpening(clock.now(), hours))
    await takeBack(deps, message, 'quiet-hours')
  }

  /** A repeat counts as the ring that it may become, no longer as the one that it may have been. */
  async function underCap(staffId: StaffId, due: readonly Message[]): Promise<Message[]> {
    const now = clock.now().getTime()
    const times = (await messages.sentSince(staffId, new Date(now - hourMs))).map((at) => at.getTime())
    for (const { sentAt, frozenAt } of due) {
      const own = times.indexOf((sentAt ?? frozenAt).getTime())
      if (own >= 0) times.splice(own, 1)
    }
    const going: Message[] = []
    for (const message of due) {
      const free = freeAt(times, now, cap)
      if (free <= now) going.push(message)
      else await putOff(message, new Date(free))
      times.push(free)
    }
    return going
  }

  return async function holdMessages(due: readonly Message[]): Promise<readonly Message[]> {
    if (!isOpen(clock.now(), hours)) {
      for (const message of due) await waitForOpening(message)
      return []
    }
    const going: Message[] = []
    const byMember = groupBy(due, (message) => message.staffId)
    for (const [staffId, list] of byMember) going.push(...(await underCap(staffId, list)))
    return going
  }
}
