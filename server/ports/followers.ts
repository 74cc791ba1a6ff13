import type { OpenId, UnionId } from '../domain/ids.ts'

/** A user of the Official Account as our index knows them. */
export interface Follower {
  openId: OpenId
  /** null: not known, or not bound to an Open Platform account. */
  unionId: UnionId | null
  follows: boolean
  /** When the account's API was last asked; null: never. */
  askedAt: Date | null
  /** Key of the event that told whether they follow; null: only the account's list did. */
  toldBy: string | null
  /** When that happened, in the platform's words; null: nobody told. An older event says nothing about now. */
  toldAt: Date | null
}

/** Our own index openid <-> unionid of one Official Account's followers: filled by synchronisation, kept by callbacks. */
export interface Followers {
  many(openIds: readonly OpenId[]): Promise<ReadonlyMap<OpenId, Follower>>
  put(list: readonly Follower[]): Promise<void>
  /** Openids of those who follow, by openid, `limit` after this one (null: from the beginning). */
  present(after: OpenId | null, limit: number): Promise<readonly OpenId[]>
}

/** The Official Account's own answers about its followers. Both methods: @throws TencentRefused, TencentUnreachable */
export interface FollowerList {
  /** user/get: at most 10,000 openids after `after` ('' : from the beginning); `next` '' : that was all. */
  page(after: string): Promise<{ openIds: readonly OpenId[]; total: number; next: string }>
  /** user/info/batchget: at most 100. */
  infos(openIds: readonly OpenId[]): Promise<readonly FollowerInfo[]>
}

export interface FollowerInfo {
  openId: OpenId
  follows: boolean
  unionId: UnionId | null
  /** subscribe_time: the last follow; null where they do not follow. */
  followedAt: Date | null
  /** qr_scene_str of the code by which they came. */
  scene: string | null
}
