import type { CustomerEvent, LinkEvidence, LinkFact } from '../domain/event.ts'
import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import { identityKey, parseIdentityKey, type AppId, type ExternalUserId, type IdentityKey, type UnionId } from '../domain/ids.ts'
import type { Contact, Person } from '../domain/person.ts'
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
  /** Called before the two become one, so that a crash in between reveals it again. */
  onReveal: (revelation: Revelation, inHand: readonly CustomerEvent[]) => Promise<void>
  /** The Official Account whose openids can be asked for a unionid; null when none is configured. */
  account: Account | null
  clock: Clock
  log: Log
}

/** A contact, and identities whose events nobody who follows the contact could see until now. */
export interface Revelation {
  externalUserId: ExternalUserId
  hidden: readonly IdentityKey[]
}

export type LinkIdentities = ReturnType<typeof createLinkIdentities>

interface Account {
  appId: AppId
  users: AccountUsers
}

/** An openid whose unionid is asked for, and how often that failed so far. */
interface Asked {
  key: IdentityKey
  tries: number
}

type Info = Awaited<ReturnType<AccountUsers['info']>>

const externalPrefix = 'external:'
const dayMs = 24 * 3600_000
const firstWaitMs = 5_000
const longestWaitMs = 3600_000
const lookupsAtOnce = 8

/** openid -> unionid -> external contact: by platform ids only, each join kept with its evidence (C1). */
export function createLinkIdentities(deps: LinkIdentitiesDeps) {
  const { people, contacts, lookups, observations, account, clock, log } = deps

  /** The one person whom these identities belong to from now on. */
  async function join(pair: Pick<LinkFact, 'a' | 'b' | 'evidence' | 'at'>, inHand: readonly CustomerEvent[]): Promise<Person> {
    const { evidence, at } = pair
    const [a, b] = [identityKey(pair.a), identityKey(pair.b)]
    const known = await people.find([a, b])
    const revelation = revelationOf([a, b].map((key) => known.get(key)?.identities.map((one) => one.key) ?? [key]))
    if (revelation) await deps.onReveal(revelation, inHand)
    return (await people.join({ a, b, evidence, at })).person
  }

  /** The answer about one Official Account user; null: still owed. A silent Tencent never holds the event back. */
  async function ask({ appId, users }: Account, { key, tries }: Asked): Promise<Info | null> {
    const identity = parseIdentityKey(key)
    if (identity.kind !== 'openid' || identity.appId !== appId) return { follows: false, unionId: null }
    try {
      return await users.info(identity.openId)
    } catch (error) {
      if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
      log.warn({ api: error.api, code: error.code, tries }, 'unionid is still owed')
      return null
    }
  }

  async function owe({ key, tries }: Asked): Promise<void> {
    const waitMs = Math.min(2 ** tries * firstWaitMs, longestWaitMs)
    await lookups.note(key, { askAgainAt: new Date(clock.now().getTime() + waitMs), tries: tries + 1 })
  }

  /** Joins first and notes then that nothing is owed any more: a crash in between asks again. */
  async function learn({ appId }: Account, key: IdentityKey, info: Info, inHand: readonly CustomerEvent[]): Promise<Person[]> {
    const { follows, unionId } = info
    const at = clock.now()
    const persons: Person[] = []
    if (unionId) {
      await observations.record([{ key: `user-info:${key}:${at.getTime()}`, at, kind: 'user-info', content: { identity: key, unionId } }])
      const evidence: LinkEvidence = { by: 'user-info', appId }
      persons.push(await join({ a: parseIdentityKey(key), b: { kind: 'unionid', unionId }, evidence, at }, inHand))
    }
    const askAgainAt = follows && !unionId ? new Date(at.getTime() + dayMs) : null
    await lookups.note(key, { askAgainAt, tries: 0 })
    return persons
  }

  /** Once Tencent has left one question open, the others of the same round are owed without waiting for it again. */
  async function lookUpAll(asked: readonly Asked[], inHand: readonly CustomerEvent[]): Promise<Person[]> {
    if (!account) return []
    let away = false
    const found = await inParallel(lookupsAtOnce, asked, async (one) => {
      const info = away ? null : await ask(account, one)
      if (info) return learn(account, one.key, info, inHand)
      away = true
      await owe(one)
      return []
    })
    return found.flat()
  }

  /** Whoever has a unionid that one of our contacts has, is that contact. */
  async function joinContacts(keys: readonly IdentityKey[], inHand: readonly CustomerEvent[]): Promise<Person[]> {
    if (keys.length === 0) return []
    const persons = new Map([...(await people.find(keys)).values()].map((person) => [person.id, person]))
    const unlinked = [...persons.values()].filter((person) => !externalOf(person))
    const unionIds = unlinked.flatMap(unionIdsOf)
    if (unionIds.length === 0) return []
    const found: Person[] = []
    for (const { externalUserId, unionId } of await contacts.byUnionIds(unionIds)) {
      if (unionId) found.push(await joinContact(externalUserId, unionId, inHand))
    }
    return found
  }

  function joinContact(externalUserId: ExternalUserId, unionId: UnionId, inHand: readonly CustomerEvent[]): Promise<Person> {
    const [a, b] = [{ kind: 'external', externalUserId } as const, { kind: 'unionid', unionId } as const]
    return join({ a, b, evidence: { by: 'contact' }, at: clock.now() }, inHand)
  }

  return {
    /**
     * Joins what the facts say, asks for what is unknown, and finds the contacts. Safe to run again: returns everybody
     * who was joined, now or before.
     */
    async link(facts: readonly LinkFact[], events: readonly CustomerEvent[]): Promise<readonly Person[]> {
      const persons: Person[] = []
      for (const fact of facts) persons.push(await join(fact, events))
      const keys = [...new Set(events.map((event) => identityKey(event.who)))]
      persons.push(...(await lookUpAll(await unknownOf(keys, events), events)))
      const touched = [...keys, ...facts.flatMap((fact) => [identityKey(fact.a), identityKey(fact.b)])]
      persons.push(...(await joinContacts([...new Set(touched)], events)))
      return persons
    },

    /** Asks again for what Tencent still owes us. */
    async settleOwed(): Promise<readonly Person[]> {
      const owed = (await lookups.owed(clock.now(), 100)).map(({ key, tries }) => ({ key: key as IdentityKey, tries }))
      const persons = await lookUpAll(owed, [])
      return [...persons, ...(await joinContacts(owed.map(({ key }) => key), []))]
    },

    /** Joins contacts with people whose unionid we met before the contact (C2). */
    async joinKnown(list: readonly Contact[], events: readonly CustomerEvent[]): Promise<readonly Person[]> {
      const keyOf = (unionId: UnionId) => identityKey({ kind: 'unionid', unionId })
      const known = await people.find(list.flatMap(({ unionId }) => (unionId ? [keyOf(unionId)] : [])))
      const persons: Person[] = []
      for (const { externalUserId, unionId } of list) {
        const person = unionId ? known.get(keyOf(unionId)) : undefined
        if (!unionId || !person) continue
        const isKnown = externalOf(person) === externalUserId
        persons.push(isKnown ? person : await joinContact(externalUserId, unionId, events))
      }
      return persons
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

/** What becomes visible when these two become one: the side without a contact, for the one with. */
function revelationOf(sides: readonly (readonly IdentityKey[])[]): Revelation | null {
  const contact = sides.flat().find(isExternal)
  const hidden = sides.filter((side) => !side.some(isExternal)).flat()
  if (!contact || hidden.length === 0) return null
  return { externalUserId: contact.slice(externalPrefix.length) as ExternalUserId, hidden }
}

/** The external contact among a person's identities. */
export function externalOf(person: Person): ExternalUserId | null {
  const key = person.identities.find((identity) => isExternal(identity.key))?.key
  return key ? (key.slice(externalPrefix.length) as ExternalUserId) : null
}

function isExternal(key: IdentityKey): boolean {
  return key.startsWith(externalPrefix)
}

function unionIdsOf(person: Person): UnionId[] {
  return person.identities
    .filter(({ key }) => key.startsWith('unionid:'))
    .map(({ key }) => key.slice('unionid:'.length) as UnionId)
}
