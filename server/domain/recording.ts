import type { CustomerEvent } from './event.ts'
import type { Tagged } from './ids.ts'

/** Keyed hash of an identity (server/edge/fingerprint.ts): all that stays of somebody who was erased. */
export type Fingerprint = Tagged<string, 'Fingerprint'>

/** Whether we note what somebody does: `paused` at their own wish, `erased` with everything noted before. */
export type Recording = 'on' | 'paused' | 'erased'

/** A time of which nothing may be kept, both ends inclusive; `to` null: it has not ended. */
export interface Silence {
  why: 'paused' | 'erased'
  from: Date
  to: Date | null
  /** When it was asked for. */
  asked: Date
}

/** What one identity's fingerprint stands for. All identities of one human share a `group`. */
export interface Mark {
  print: Fingerprint
  group: string
  silences: readonly Silence[]
}

/** Why a delivery of somebody who comes back waits: the erasure of what was before would take it too. */
export const erasureUnderWay = 'an erasure is under way'

/** Before everything that ever happened. */
export const sinceEver = new Date(0)

/** How it stands now. Who was erased is not merely paused. */
export function recordingOf(mark: Mark | undefined): Recording {
  const open = (mark?.silences ?? []).filter(({ to }) => to === null).map(({ why }) => why)
  if (open.includes('erased')) return 'erased'
  return open.includes('paused') ? 'paused' : 'on'
}

/** Whether something that happened at `at` may be kept: nothing while a silence lasts, nothing of one that has ended. */
export function mayKeep(mark: Mark | undefined, at: Date): boolean {
  if (!mark) return true
  return mark.silences.every(({ from, to }) => to !== null && (at < from || at > to))
}

/** Whether something that happened at `at` falls into what an erasure covers, begun anew since or not. */
export function isErasedAt(mark: Mark, at: Date): boolean {
  return mark.silences.some(({ why, from, to }) => why === 'erased' && at >= from && (to === null || at <= to))
}

/**
 * Acts by which somebody who was erased begins anew, with nothing from before: following the account again, becoming a
 * salesperson's contact again (which in WeCom nobody becomes without a tap of their own). Reading, buying and writing
 * are no such acts, and no answer of a platform is.
 */
export function beginsAnew(event: CustomerEvent): boolean {
  return event.kind === 'followed-account' || event.kind === 'became-contact'
}

/**
 * When somebody who was erased began anew by this act; null: the act is older than the erasure (a replay, an import), or
 * no such act, or they paused, which only they themselves end.
 */
export function begunAnewAt(mark: Mark, event: CustomerEvent): Date | null {
  const open = mark.silences.filter(({ to }) => to === null)
  const isErased = open.length > 0 && open.every(({ why }) => why === 'erased')
  return isErased && beginsAnew(event) && open.every(({ asked }) => event.at > asked) ? event.at : null
}

/** The mark with this silence; one of the same kind that lasts already takes its place. */
export function silenced(mark: Mark | null, print: Fingerprint, group: string, silence: Silence): Mark {
  const silences = mark?.silences ?? []
  const isThere = silences.some(({ why, from, to }) => {
    if (why !== silence.why) return false
    return silence.to === null ? to === null : to !== null && from <= silence.from && to >= silence.to
  })
  return { print, group, silences: isThere ? silences : [...silences, silence] }
}

/** The mark whose lasting silences of this kind ended at `at`. */
export function ended(mark: Mark, why: Silence['why'], at: Date): Mark {
  const silences = mark.silences.map((one) => (one.why === why && one.to === null ? { ...one, to: at } : one))
  return { ...mark, silences }
}
