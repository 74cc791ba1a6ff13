import type { AppId, OpenId } from './ids.ts'

/** What the Official Account's list of followers tells that no callback did. */
export interface ListedFollow {
  appId: AppId
  openId: OpenId
  follows: boolean
  /** subscribe_time of a follow; of an unfollow, when we found out: when it happened nobody says. */
  at: Date
  scene: string | null
}

const prefix = 'listed:'

/** Key of the event that says so; the same finding is the same event. */
export function listedFollowKey({ appId, openId, follows, at }: ListedFollow): string {
  return `${prefix}${follows ? 'follows' : 'gone'}:${appId}:${openId}:${at.getTime()}`
}

/** Whether an event was found in the list, not told by a callback. */
export function isListedFollow(eventKey: string): boolean {
  return eventKey.startsWith(prefix)
}

/**
 * Whether an event says once more what the last one said, one of the two having been found in the list: a callback and
 * the list may tell the same follow, in either order, and it happened once.
 */
export function saysItAgain(
  known: { follows: boolean; toldBy: string | null } | undefined,
  event: { key: string; follows: boolean },
): boolean {
  if (!known?.toldBy || known.toldBy === event.key || known.follows !== event.follows) return false
  return isListedFollow(known.toldBy) || isListedFollow(event.key)
}
