import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import type { CustomerEvent, LinkFact } from '../domain/event.ts'
import { identityKey, parseIdentityKey, type AppId, type IdentityKey, type UnionId } from '../domain/ids.ts'
import type { Person } from '../domain/person.ts'
import { refusalKind } from '../domain/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Observations } from '../ports/contacts.ts'
import type { AccountUsers, Lookups } from '../ports/identities.ts'
import type { Log } from '../ports/log.ts'
import { inParallel } from './in-parallel.ts'

/** The Official Account whose openids can be asked for a unionid. */
export interface Account {
  appId: AppId
  users: AccountUsers
}

/** Makes two identities one person, null where nothing may be noted of them; `inHand` are the events handled just now. */
export type Join = (pair: Pick<LinkFact, 'a' | 'b' | 'evidence' | 'at'>, inHand: readonly CustomerEvent[]) => Promise<Person | null>

export interface LearnUnionIdsDeps {
  lookups: Lookups
  observations: Observations
  /** null: none is configured, nothing can be asked. */
  account: Account | null
  clock: Clock
  log: Log
  join: Join
}

/** An openid whose unionid is asked for, and how often that failed so far. */
interface Asked {
  key: IdentityKey
  tries: number
}

/** Who was asked about, which may have taken seconds, and who was joined. */
interface Learnt {
  asked: readonly IdentityKey[]
  persons: readonly Person[]
}

type KnownPersons = ReadonlyMap<IdentityKey, Person>

type Info = Awaited<ReturnType<AccountUsers['info']>>

const dayMs = 24 * 3600_000
const firstWaitMs = 5_000
const longestWaitMs = 3600_000
const lookupsAtOnce = 8
const mostOwed = 100

/** openid -> unionid by user/info, for followers of the Official Account (C1). A silent Tencent holds no event back. */
export function createLearnUnionIds(deps: LearnUnionIdsDeps) {
  const { lookups, observations, account, clock, log, join } = deps

  /** null: still owed. An openid that is refused for good (40003) has no unionid to be asked for. */
  async function ask({ appId, users }: Account, { key, tries }: Asked): Promise<Info | null> {
    const identity = parseIdentityKey(key)
    if (identity.kind !== 'openid' || identity.appId !== appId) return { follows: false, unionId: null }
    try {
      return await users.info(identity.openId)
    } catch (error) {
      if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
      const forGood = error instanceof TencentRefused && refusalKind(error.errcode) === 'permanent'
      log.warn({ api: error.api, code: error.code, tries }, forGood ? 'unionid refused' : 'unionid is still owed')
      return forGood ? { follows: false, unionId: null } : null
    }
  }

  async function owe({ key, tries }: Asked): Promise<void> {
    const waitMs = Math.min(2 ** tries * firstWaitMs, longestWaitMs)
    await lookups.note(key, { askAgainAt: new Date(clock.now().getTime() + waitMs), tries: tries + 1 })
  }

  /** Joins first and notes then that nothing is owed any more: a crash in between asks again. */
  async function learn(appId: AppId, key: IdentityKey, info: Info, inHand: readonly CustomerEvent[]): Promise<Person[]> {
    const { follows, unionId } = info
    const at = clock.now()
    const persons: Person[] = []
    if (unionId) {
      const content = { identity: key, unionId }
      await observations.record([{ key: `user-info:${key}:${at.getTime()}`, at, kind: 'user-info', content }])
      const [a, b] = [parseIdentityKey(key), { kind: 'unionid', unionId } as const]
      const person = await join({ a, b, evidence: { by: 'user-info', appId }, at }, inHand)
      if (person) persons.push(person)
    }
    const askAgainAt = follows && !unionId ? new Date(at.getTime() + dayMs) : null
    await lookups.note(key, { askAgainAt, tries: 0 })
    return persons
  }

  /** Once Tencent has left one question open, the others of the same round are owed without waiting for it again. */
  async function askAll(asked: readonly Asked[], inHand: readonly CustomerEvent[]): Promise<Person[]> {
    if (!account) return []
    let away = false
    const persons = await inParallel(lookupsAtOnce, asked, async (one) => {
      const info = away ? null : await ask(account, one)
      if (info) return learn(account.appId, one.key, info, inHand)
      away = true
      await owe(one)
      return []
    })
    return persons.flat()
  }

  /** Account openids without a unionid that are due to be asked; a new follow is a reason to ask at once. */
  async function unknownOf(keys: readonly IdentityKey[], persons: KnownPersons, events: readonly CustomerEvent[]): Promise<Asked[]> {
    const ours = account ? keys.filter((key) => key.startsWith(`openid:${account.appId}:`)) : []
    const without = ours.filter((key) => {
      const person = persons.get(key)
      return !person || unionIdsOf(person).length === 0
    })
    if (without.length === 0) return []
    const due = await lookups.due(without, clock.now())
    const followed = new Set(events.filter(({ kind }) => kind === 'followed-account').map(({ who }) => identityKey(who)))
    return without.filter((key) => due.has(key) || followed.has(key)).map((key) => ({ key, tries: 0 }))
  }

  return {
    /** Asks about those of these identities whose unionid may be had, and tells who was joined. `known`: who they are now. */
    async ofNew(keys: readonly IdentityKey[], known: KnownPersons, events: readonly CustomerEvent[]): Promise<Learnt> {
      const asked = await unknownOf(keys, known, events)
      return { asked: keysOf(asked), persons: await askAll(asked, events) }
    },

    /** What a synchronisation was told about an identity that we met before. */
    async ofTold(key: IdentityKey, info: Info): Promise<readonly Person[]> {
      return account ? learn(account.appId, key, info, []) : []
    },

    /** Asks again for what Tencent still owes us. */
    async ofOwed(): Promise<Learnt> {
      const owed = await lookups.owed(clock.now(), mostOwed)
      const asked = owed.map(({ key, tries }) => ({ key: key as IdentityKey, tries }))
      return { asked: keysOf(asked), persons: await askAll(asked, []) }
    },
  }
}

function keysOf(asked: readonly Asked[]): IdentityKey[] {
  return asked.map(({ key }) => key)
}

/** Unionids among a person's identities. */
export function unionIdsOf(person: Person): UnionId[] {
  return person.identities
    .filter(({ key }) => key.startsWith('unionid:'))
    .map(({ key }) => key.slice('unionid:'.length) as UnionId)
}
