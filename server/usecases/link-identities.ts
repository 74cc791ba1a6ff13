import type { CustomerEvent, LinkEvidence, LinkFact } from '../domain/event.ts'
import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import { identityKey, parseIdentityKey, type AppId, type Identity, type IdentityKey, type PersonId, type UnionId } from '../domain/ids.ts'
import type { Person } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts, Observations } from '../ports/contacts.ts'
import type { AccountUsers, Lookups } from '../ports/identities.ts'
import type { Log } from '../ports/log.ts'
import type { People } from '../ports/people.ts'
import { inParallel } from './in-parallel.ts'

export interface LinkIdentitiesDeps {
  people: People
  contacts: Contacts
  lookups: Lookups
  observations: Observations
  /** The Official Account whose openids can be asked for a unionid; null when none is configured. */
  account: { appId: AppId; users: AccountUsers } | null
  clock: Clock
  log: Log
}

/** Persons that became one: whose memory must be rebuilt, and what a salesperson can see only since now. */
export interface Joined {
  person: Person
  before: readonly PersonId[]
  /** Identities whose events nobody who follows this customer could see until now. */
  revealed: readonly IdentityKey[]
}

export type LinkIdentities = ReturnType<typeof createLinkIdentities>

const dayMs = 24 * 3600_000
const lookupsAtOnce = 8

/** openid -> unionid -> external contact: by platform ids only, each join kept with its evidence (C1). */
export function createLinkIdentities(deps: LinkIdentitiesDeps) {
  const { people, contacts, lookups, observations, account, clock, log } = deps

  async function join(a: Identity, b: Identity, evidence: LinkEvidence, at: Date): Promise<Joined | null> {
    const keys = [identityKey(a), identityKey(b)] as const
    const sides = await people.find(keys)
    const { person, joined, before } = await people.join({ a: keys[0], b: keys[1], evidence, at })
    if (!joined) return null
    const hidden = keys.map((key) => sides.get(key)).filter((side) => side && !externalOf(side)) as Person[]
    const revealed = externalOf(person) ? hidden.flatMap((side) => side.identities.map(({ key }) => key)) : []
    return { person, before, revealed }
  }

  /** The unionid of one Official Account user; notes when to ask again. A silent Tencent never holds the event back. */
  async function lookUp(key: IdentityKey, tries: number): Promise<UnionId | null> {
    const identity = parseIdentityKey(key)
    if (!account || identity.kind !== 'openid' || identity.appId !== account.appId) return null
    const now = clock.now()
    try {
      const info = await account.users.info(identity.openId)
      const askAgainAt = info.unionId ? null : new Date(now.getTime() + dayMs)
      await lookups.note(key, { askAgainAt: info.follows ? askAgainAt : null, tries: 0 })
      if (info.unionId) {
        const content = { identity: key, unionId: info.unionId }
        await observations.record([{ key: `user-info:${key}:${now.getTime()}`, at: now, kind: 'user-info', content }])
      }
      return info.unionId
    } catch (error) {
      if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
      log.warn({ api: error.api, code: error.code }, 'unionid is still owed')
      const waitMs = Math.min(2 ** tries * 5_000, 3600_000)
      await lookups.note(key, { askAgainAt: new Date(now.getTime() + waitMs), tries: tries + 1 })
      return null
    }
  }

  async function lookUpAll(keys: readonly { key: IdentityKey; tries: number }[]): Promise<Joined[]> {
    if (!account) return []
    const { appId } = account
    const found = await inParallel(lookupsAtOnce, keys, async ({ key, tries }) => {
      const unionId = await lookUp(key, tries)
      if (!unionId) return null
      const evidence: LinkEvidence = { by: 'user-info', appId }
      return join(parseIdentityKey(key), { kind: 'unionid', unionId }, evidence, clock.now())
    })
    return found.filter((joined) => joined !== null)
  }

  /** Whoever has a unionid that one of our contacts has, is that contact. */
  async function joinContacts(keys: readonly IdentityKey[]): Promise<Joined[]> {
    if (keys.length === 0) return []
    const persons = new Map([...(await people.find(keys)).values()].map((person) => [person.id, person]))
    const unlinked = [...persons.values()].filter((person) => !externalOf(person))
    const unionIds = unlinked.flatMap(unionIdsOf)
    if (unionIds.length === 0) return []
    const joins: Joined[] = []
    for (const contact of await contacts.byUnionIds(unionIds)) {
      const joined = await joinContact(contact.externalUserId, contact.unionId)
      if (joined) joins.push(joined)
    }
    return joins
  }

  async function joinContact(externalUserId: string, unionId: UnionId | null): Promise<Joined | null> {
    if (!unionId) return null
    const external = { kind: 'external', externalUserId } as Identity
    return join(external, { kind: 'unionid', unionId }, { by: 'contact' }, clock.now())
  }

  return {
    joinContact,

    /** Joins what the facts say, asks for what is unknown, and finds the contacts. Safe to run again. */
    async link(facts: readonly LinkFact[], events: readonly CustomerEvent[]): Promise<readonly Joined[]> {
      const joins: Joined[] = []
      for (const fact of facts) {
        const joined = await join(fact.a, fact.b, fact.evidence, fact.at)
        if (joined) joins.push(joined)
      }
      const keys = [...new Set(events.map((event) => identityKey(event.who)))]
      joins.push(...(await lookUpAll(await unknownOf(keys, events))))
      const touched = [...keys, ...facts.flatMap((fact) => [identityKey(fact.a), identityKey(fact.b)])]
      joins.push(...(await joinContacts([...new Set(touched)])))
      return joins
    },

    /** Asks again for what Tencent still owes us. */
    async settleOwed(): Promise<readonly Joined[]> {
      const owed = await lookups.owed(clock.now(), 100)
      const joins = await lookUpAll(owed.map(({ key, tries }) => ({ key: key as IdentityKey, tries })))
      const found = await joinContacts(owed.map(({ key }) => key as IdentityKey))
      return [...joins, ...found]
    },

    /** Joins contacts with people whose unionid we met before the contact (C2). */
    async joinKnown(list: readonly { externalUserId: string; unionId: UnionId | null }[]): Promise<readonly Joined[]> {
      const withUnionId = list.filter(({ unionId }) => unionId !== null)
      const keyOf = (unionId: UnionId | null) => `unionid:${unionId}` as IdentityKey
      const known = await people.find(withUnionId.map(({ unionId }) => keyOf(unionId)))
      const joins: Joined[] = []
      for (const { externalUserId, unionId } of withUnionId) {
        const joined = known.has(keyOf(unionId)) ? await joinContact(externalUserId, unionId) : null
        if (joined) joins.push(joined)
      }
      return joins
    },
  }

  /** Account openids without a unionid that are due to be asked; a new follow is a reason to ask at once. */
  async function unknownOf(keys: readonly IdentityKey[], events: readonly CustomerEvent[]) {
    if (!account) return []
    const ours = keys.filter((key) => key.startsWith(`openid:${account.appId}:`))
    if (ours.length === 0) return []
    const persons = await people.find(ours)
    const without = ours.filter((key) => {
      const person = persons.get(key)
      return !person || unionIdsOf(person).length === 0
    })
    const due = await lookups.due(without, clock.now())
    const followed = new Set(
      events.filter((event) => event.kind === 'followed-account').map((event) => identityKey(event.who)),
    )
    return without.filter((key) => due.has(key) || followed.has(key)).map((key) => ({ key, tries: 0 }))
  }
}

/** The external contact among a person's identities. */
export function externalOf(person: Person): string | null {
  const key = person.identities.find((identity) => identity.key.startsWith('external:'))?.key
  return key ? key.slice('external:'.length) : null
}

function unionIdsOf(person: Person): UnionId[] {
  return person.identities
    .filter(({ key }) => key.startsWith('unionid:'))
    .map(({ key }) => key.slice('unionid:'.length) as UnionId)
}
