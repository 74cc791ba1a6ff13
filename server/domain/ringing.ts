import type { Alert } from './alert.ts'
import type { ExternalUserId } from './ids.ts'
import { isOpen, lastOpening, nextOpening, type OpeningHours } from './opening-hours.ts'
import { placeUnderCap, type Cap } from './ringing-cap.ts'

/** Why an alert does not ring yet. */
export type HoldReason = 'quiet-hours' | 'merge-window' | 'cap'

/** One ring to come: the first alert is the headline. */
export interface PlannedMessage {
  kind: 'card' | 'digest'
  alertKeys: readonly string[]
}

/** An alert that waits, and until when. The caller keeps `until` as the alert's `dueAt`: it is a promise. */
export interface Hold {
  alertKey: string
  reason: HoldReason
  until: Date
}

export interface RingingPlan {
  messages: readonly PlannedMessage[]
  hold: readonly Hold[]
}

export interface RingingQuestion {
  /** The member's alerts that have not rung: queued, held, snoozed. */
  alerts: readonly Alert[]
  /** When the member's phone last rang about each customer. */
  lastRangAbout: ReadonlyMap<ExternalUserId, Date>
  /** Times of the messages of the last 60 minutes, tried or sent. */
  sentTimes: readonly Date[]
  now: Date
  hours: OpeningHours
  /** 0: no merging, each alert is its own card. */
  mergeMs: number
  cap: Cap
}

/**
 * How one member's phone should ring now (E4). In quiet hours nothing rings; what came meanwhile is one digest at
 * opening. The first alert about a customer rings at once; what follows within the merge window, counted from the last
 * ring about that customer, is told in one message at its end; a direct question does not wait for it. What was already
 * old on arrival never rings alone but joins the next message about its customer. The cap holds everything.
 */
export function planRinging(question: RingingQuestion): RingingPlan {
  const { alerts, now, hours } = question
  const later = alerts.filter(({ dueAt, state }) => state !== 'held' && dueAt !== null && dueAt > now)
  const waiting = alerts.filter((alert) => !later.includes(alert))
  return isOpen(now, hours) ? planOpen(question, waiting) : planQuiet(waiting, nextOpening(now, hours))
}

function planQuiet(waiting: readonly Alert[], until: Date): RingingPlan {
  const hold = waiting.filter(({ rings }) => rings).map(({ key }) => ({ alertKey: key, reason: 'quiet-hours' as const, until }))
  return { messages: [], hold }
}

function planOpen(question: RingingQuestion, waiting: readonly Alert[]): RingingPlan {
  const { now, sentTimes, cap } = question
  const opened = lastOpening(now, question.hours)
  const night = opened ? waiting.filter((alert) => alert.raisedAt < opened && waitedForOpening(alert, question.hours)) : []
  const digest = digestOf(night, waiting)
  const rest = digest ? waiting.filter(({ key }) => !digest.some((alert) => alert.key === key)) : waiting
  const customers = [...new Set(rest.map(({ externalUserId }) => externalUserId))]
  const rounds = customers.map((id) => planCustomer(rest.filter((alert) => alert.externalUserId === id), mergeEnd(question, id), question))
  const groups = [...(digest ? [digest] : []), ...rounds.flatMap((round) => round.groups)]
  const placed = placeUnderCap(groups, sentTimes, now, cap)
  const messages = placed.now.map((group) => messageOf(group, group === digest ? 'digest' : 'card'))
  return { messages, hold: [...rounds.flatMap((round) => round.hold), ...placed.hold] }
}

function messageOf(group: readonly Alert[], kind: PlannedMessage['kind']): PlannedMessage {
  return { kind, alertKeys: group.map(({ key }) => key) }
}

/** Came while phones were quiet, or should have rung then. */
function waitedForOpening({ rings, state, raisedAt, dueAt, history }: Alert, hours: OpeningHours): boolean {
  if (!rings || state === 'snoozed') return false
  if (history.at(-1)?.reason === 'quiet-hours' || !isOpen(raisedAt, hours)) return true
  return dueAt !== null && !isOpen(dueAt, hours)
}

/** One digest from two alerts on; a single one is told as a normal card. What rings with nobody else joins it. */
function digestOf(night: readonly Alert[], waiting: readonly Alert[]): readonly Alert[] | null {
  if (night.length < 2) return null
  const quiet = waiting.filter(({ rings }) => !rings)
  return [...inRank(night), ...inRank(quiet)]
}

function mergeEnd({ lastRangAbout, now, mergeMs }: RingingQuestion, id: ExternalUserId): Date | null {
  const last = lastRangAbout.get(id)
  if (mergeMs === 0 || !last) return null
  const end = new Date(last.getTime() + mergeMs)
  return end > now ? end : null
}

/** Messages about one customer now, and what waits for the end of the merge window. */
function planCustomer(own: readonly Alert[], windowEnd: Date | null, { mergeMs, now }: RingingQuestion) {
  const ringing = inRank(own.filter(({ rings }) => rings))
  const joining = inRank(own.filter(({ rings }) => !rings))
  const direct = ringing.filter((alert) => alert.direct)
  const rest = ringing.filter((alert) => !alert.direct)
  if (mergeMs === 0) return { groups: ringing.map((alert, index) => (index === 0 ? [alert, ...joining] : [alert])), hold: [] }
  // A promised end of a window stands, even if a direct question rang meanwhile.
  const mayRing = windowEnd === null || rest.some(({ state, dueAt }) => state === 'held' && dueAt !== null && dueAt <= now)
  const told = mayRing ? ringing : direct
  const until = mayRing ? null : earliestPromise(rest, windowEnd, now)
  const hold = until ? rest.map(({ key }) => ({ alertKey: key, reason: 'merge-window' as const, until })) : []
  return { groups: told.length > 0 ? [[...told, ...joining]] : [], hold }
}

/** The end that was promised first stands for all that wait about this customer: they are told together. */
function earliestPromise(waiting: readonly Alert[], windowEnd: Date, now: Date): Date {
  const promised = waiting.flatMap(({ state, dueAt }) => (state === 'held' && dueAt !== null && dueAt > now ? [dueAt] : []))
  return [...promised, windowEnd].reduce((first, end) => (end < first ? end : first))
}

/** Direct and urgent first, then newest. */
function inRank(alerts: readonly Alert[]): Alert[] {
  return alerts.toSorted((a, b) => rankOf(a) - rankOf(b) || b.at.getTime() - a.at.getTime() || (a.key < b.key ? -1 : 1))
}

function rankOf({ direct, urgency }: Alert): number {
  if (direct) return 0
  return urgency === 'now' ? 1 : 2
}
