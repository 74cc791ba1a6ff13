import type { Clock } from '../ports/clock.ts'
import type { Followers } from '../ports/followers.ts'
import type { AccountUsers } from '../ports/identities.ts'

export interface KnownFollowersDeps {
  users: AccountUsers
  followers: Followers
  clock: Clock
}

/** Asks the Official Account only about whom our index does not know; what it answers about a follower is kept there (A10). */
export function createKnownFollowers({ users, followers, clock }: KnownFollowersDeps): AccountUsers {
  return {
    async info(openId) {
      const known = (await followers.many([openId])).get(openId)
      if (known?.follows && known.unionId) return { follows: true, unionId: known.unionId }
      const info = await users.info(openId)
      const { follows, unionId } = info
      const toldBy = known?.follows ? known.toldBy : null
      if (follows) await followers.put([{ openId, unionId, follows, askedAt: clock.now(), toldBy, toldAt: known?.toldAt ?? null }])
      return info
    },
  }
}
