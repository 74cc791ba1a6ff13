import { TencentRefused } from '../domain/errors.ts'
import { identityKey, type AppId, type IdentityKey, type OpenId } from '../domain/ids.ts'
import type { ListedFollow } from '../domain/listed-follow.ts'
import type { Person } from '../domain/person.ts'
import { refusalKind } from '../domain/refusal.ts'
import { createSeenIds, type SeenIds } from '../domain/seen-ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { Follower, FollowerInfo, FollowerList, Followers } from '../ports/followers.ts'
import type { HighWater } from '../ports/high-water.ts'
import type { Delivery, Inbox } from '../ports/inbox.ts'
import type { People } from '../ports/people.ts'
import type { SyncPage } from '../ports/sync-progress.ts'
import { inParallelToTheEnd } from './in-parallel.ts'
import { unionIdsOf } from './learn-unionids.ts'
import type { StageRun } from './sync-stage.ts'

export interface SyncFollowersDeps {
  /** null: no Official Account is configured. */
  account: { appId: AppId; list: FollowerList } | null
  followers: Followers
  people: People
  inbox: Pick<Inbox, 'accept'>
  highWater: HighWater
  toDelivery: (found: ListedFollow, at: Date) => Delivery
  /** Somebody who did something before is now known by a unionid. */
  onLearnt: (identity: IdentityKey, info: FollowerInfo) => Promise<void>
  clock: Clock
}

const infosAtOnce = 3
const mostInfos = 100
/** So many are compared with what we know at once: what dies young fills no memory. */
const lookedUpAtOnce = 3 * infosAtOnce * mostInfos
const presentAtOnce = 1_000
const part = 'list'
/** A callback of this age has been told, or will not be: the platform tries three times within 15 s. */
const callbacksTellMs = 10 * 60_000

/**
 * The Official Account's followers (A10). Only those who are new, or whose unionid we do not know, are asked about; nobody
 * becomes a person for following alone, but from their first event on they are known by unionid. Whoever vanished from
 * the list has unfollowed without our hearing: confirmed by user/info, that goes through the inbox as the same event as a
 * callback's, dated when we found out. A follow since the last synchronisation that no callback told is told likewise,
 * with its true time; the first synchronisation tells no follows.
 */
export function createSyncFollowers(deps: SyncFollowersDeps) {
  const { followers, people, inbox, highWater, toDelivery, onLearnt, clock } = deps

  async function tell(found: readonly ListedFollow[]): Promise<void> {
    if (found.length > 0) await inbox.accept(found.map((one) => toDelivery(one, clock.now())))
  }

  /** Persons that exist already, without a unionid, learn it. */
  async function learn(appId: AppId, infos: readonly FollowerInfo[]): Promise<void> {
    const keyOf = (openId: OpenId) => identityKey({ kind: 'openid', appId, openId })
    const told = new Map(infos.filter(({ unionId }) => unionId).map((info) => [keyOf(info.openId), info]))
    const persons: ReadonlyMap<IdentityKey, Person> = await people.find([...told.keys()])
    for (const [key, person] of persons) {
      const info = told.get(key)
      if (info && unionIdsOf(person).length === 0) await onLearnt(key, info)
    }
  }

  /** One refused openid hides no other: the question is halved until it stands alone. */
  async function ask(list: FollowerList, openIds: readonly OpenId[], run: StageRun): Promise<readonly FollowerInfo[]> {
    try {
      return await list.infos(openIds)
    } catch (error) {
      if (!(error instanceof TencentRefused) || refusalKind(error.errcode) !== 'permanent') throw error
      if (openIds.length === 1) run.refuse(error, null)
      if (openIds.length === 1) return []
      const half = Math.ceil(openIds.length / 2)
      return [...(await ask(list, openIds.slice(0, half), run)), ...(await ask(list, openIds.slice(half), run))]
    }
  }

  /**
   * What the answers say that we did not know is told first and kept then: a crash in between tells it again. Who has gone
   * since the list was read stays as known: the next list tells.
   */
  async function take(appId: AppId, infos: readonly FollowerInfo[], known: ReadonlyMap<OpenId, Follower>, since: Date | null) {
    const now = clock.now()
    const old = now.getTime() - callbacksTellMs
    const isNews = ({ openId, follows, followedAt }: FollowerInfo) =>
      follows && !known.get(openId)?.follows && since && followedAt && followedAt > since && followedAt.getTime() < old
    await tell(infos.filter(isNews).map(({ openId, followedAt, scene }) => ({ appId, openId, follows: true, at: followedAt ?? now, scene })))
    await learn(appId, infos)
    await followers.put(infos.filter(({ follows }) => follows).map((info) => followerOf(info, known.get(info.openId), now)))
  }

  async function takePage(account: NonNullable<SyncFollowersDeps['account']>, openIds: readonly OpenId[], since: Date | null, run: StageRun): Promise<number> {
    let asked = 0
    for (const some of chunksOf(openIds, lookedUpAtOnce)) asked += await takeSome(account, some, since, run)
    return asked
  }

  async function takeSome(account: NonNullable<SyncFollowersDeps['account']>, openIds: readonly OpenId[], since: Date | null, run: StageRun): Promise<number> {
    const known = await followers.many(openIds)
    const toAsk = openIds.filter((openId) => isToAsk(known.get(openId), run.startedAt))
    run.count(openIds.length - toAsk.length, 0)
    await inParallelToTheEnd(infosAtOnce, chunksOf(toAsk, mostInfos), async (chunk) => {
      await take(account.appId, await ask(account.list, chunk, run), known, since)
      run.count(chunk.length, chunk.length)
    })
    return toAsk.length
  }

  /** Who is listed, a page at a time: those that were read before a restart, then the others. */
  async function readList(account: NonNullable<SyncFollowersDeps['account']>, since: Date | null, run: StageRun): Promise<SeenIds> {
    const listed = createSeenIds()
    let cursor = ''
    for (let number = 0; ; number += 1) {
      const before = await run.page(part, number)
      const page = before ?? (await readPage(account, number, cursor, since, run))
      if (before) run.count(before.listed.length, before.changed)
      listed.add(page.listed)
      cursor = page.cursor
      if (cursor === '') return listed
    }
  }

  async function readPage(account: NonNullable<SyncFollowersDeps['account']>, number: number, cursor: string, since: Date | null, run: StageRun): Promise<SyncPage> {
    const { openIds, total, next } = await account.list.page(cursor)
    run.expect(total)
    const changed = await takePage(account, openIds, since, run)
    const page = { number, cursor: next, listed: openIds, changed }
    await run.addPage(part, page)
    return page
  }

  async function tellVanished({ appId, list }: NonNullable<SyncFollowersDeps['account']>, listed: SeenIds, run: StageRun) {
    let after: OpenId | null = null
    for (;;) {
      const present = await followers.present(after, presentAtOnce)
      const vanished = present.filter((openId) => !listed.has(openId))
      for (const chunk of chunksOf(vanished, mostInfos)) {
        const gone = (await ask(list, chunk, run)).filter(({ follows }) => !follows)
        const at = clock.now()
        await tell(gone.map(({ openId }) => ({ appId, openId, follows: false, at, scene: null })))
        run.count(0, gone.length)
      }
      after = present.at(-1) ?? null
      if (present.length < presentAtOnce) return
    }
  }

  /** @throws TencentUnreachable, and TencentRefused when it may pass; any other refusal is noted and ends the reading */
  return async function syncFollowers(run: StageRun): Promise<void> {
    const { account } = deps
    if (!account) return
    const mark = `followers:${account.appId}`
    try {
      const since = (await highWater.get(mark))?.upTo ?? null
      const listed = await readList(account, since, run)
      await tellVanished(account, listed, run)
      await highWater.put(mark, { upTo: run.startedAt, underWay: null })
    } catch (error) {
      if (!(error instanceof TencentRefused) || refusalKind(error.errcode) === 'retry-later') throw error
      run.refuse(error, null)
    }
  }
}

/** Whose unionid is not known was perhaps bound meanwhile: asked once a run. */
function isToAsk(known: Follower | undefined, runStartedAt: Date): boolean {
  if (!known?.follows) return true
  return known.unionId === null && (known.askedAt === null || known.askedAt < runStartedAt)
}

function followerOf({ openId, unionId, follows, followedAt }: FollowerInfo, known: Follower | undefined, now: Date): Follower {
  const told = known?.follows === follows ? known : { toldBy: null, toldAt: null }
  const since = { toldBy: told.toldBy, toldAt: told.toldAt ?? followedAt ?? known?.toldAt ?? null }
  return { openId, unionId: unionId ?? known?.unionId ?? null, follows, askedAt: now, ...since }
}

function chunksOf<Member>(list: readonly Member[], size: number): (readonly Member[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size))
}
