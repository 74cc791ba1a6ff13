import type { CustomerEvent, Fact } from '../domain/event.ts'
import { isListedFollow, saysItAgain } from '../domain/listed-follow.ts'
import type { AppId, OpenId } from '../domain/ids.ts'
import type { Follower, Followers } from '../ports/followers.ts'
import type { Deferred, Reading } from './deferral.ts'

export interface NoteFollowersDeps {
  followers: Followers
  /** The Official Account; null: none is configured. */
  appId: AppId | null
}

export type NoteFollowers = ReturnType<typeof createNoteFollowers>

type FollowEvent = CustomerEvent & { who: { kind: 'openid'; openId: OpenId } }

/**
 * Follows and unfollows change our index of followers before anything else of their batch is told (A2). A follow is a
 * reason to ask for the unionid anew, an unfollow to forget it. What the list of followers and a callback both tell is
 * told once. What arrives after something newer happened is told, and changes nothing in the index: a resend may be late.
 * When somebody vanished from the list nobody says: by our clock, that dates nothing.
 */
export function createNoteFollowers({ followers, appId }: NoteFollowersDeps) {
  function followEventOf(fact: Fact): FollowEvent | null {
    if (fact.about !== 'customer') return null
    const { kind, who } = fact.event
    const isOurs = who.kind === 'openid' && who.appId === appId
    return isOurs && (kind === 'followed-account' || kind === 'unfollowed-account') ? (fact.event as FollowEvent) : null
  }

  return async function noteFollowers(readings: readonly Reading[], deferred: Deferred): Promise<readonly Reading[]> {
    const taken = readings.filter(({ delivery }) => !deferred.has(delivery.id))
    const events = taken.flatMap(({ facts }) => facts.map(followEventOf)).filter((event) => event !== null)
    if (events.length === 0) return readings
    const known = new Map(await followers.many([...new Set(events.map(({ who }) => who.openId))]))
    const again = new Set<string>()
    const changed = new Map<OpenId, Follower>()
    for (const { key, kind, who, at } of events) {
      const follows = kind === 'followed-account'
      if (saysItAgain(known.get(who.openId), { key, follows })) {
        again.add(key)
        continue
      }
      const toldAt = known.get(who.openId)?.toldAt ?? null
      if (toldAt && at < toldAt) continue
      const isDated = follows || !isListedFollow(key)
      const follower: Follower = { openId: who.openId, unionId: null, follows, askedAt: null, toldBy: key, toldAt: isDated ? at : toldAt }
      changed.set(who.openId, follower)
      known.set(who.openId, follower)
    }
    await followers.put([...changed.values()])
    return again.size === 0 ? readings : readings.map((reading) => without(reading, again))
  }
}

function without({ delivery, facts }: Reading, again: ReadonlySet<string>): Reading {
  return { delivery, facts: facts.filter((fact) => fact.about !== 'customer' || !again.has(fact.event.key)) }
}
