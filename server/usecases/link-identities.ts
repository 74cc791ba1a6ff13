import type { CustomerEvent, LinkEvidence, LinkFact } from '../domain/event.ts'
import { identityKey, type ExternalUserId, type IdentityKey, type UnionId } from '../domain/ids.ts'
import { areSetApart } from '../domain/link-conflict.ts'
import type { Contact, Person } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { People } from '../ports/people.ts'
import type { SpreadSilence } from './spread-silence.ts'
import { createLearnUnionIds, unionIdsOf, type Join, type LearnUnionIdsDeps } from './learn-unionids.ts'

export interface LinkIdentitiesDeps extends Omit<LearnUnionIdsDeps, 'join'> {
  people: People
  contacts: Pick<Contacts, 'byUnionIds'>
  /** Called before the two become one, so that a crash in between reveals it again. */
  onReveal: (revelation: Revelation, inHand: readonly CustomerEvent[]) => Promise<void>
  /** Somebody who paused or was erased is joined with nobody: the other side is silent too. */
  spreadSilence: SpreadSilence
  clock: Clock
}

type Sides = readonly [readonly IdentityKey[], readonly IdentityKey[]]

/** A contact, and identities whose events nobody who follows the contact could see until now. */
export interface Revelation {
  externalUserId: ExternalUserId
  hidden: readonly IdentityKey[]
}

type KnownPersons = ReadonlyMap<IdentityKey, Person>

/** What linking a batch led to. */
export interface Linked {
  joined: readonly Person[]
  /** Who the batch's identities are, as far as there is somebody; empty where joins have changed it. */
  known: KnownPersons
}

export type LinkIdentities = ReturnType<typeof createLinkIdentities>

const externalPrefix = 'external:'

/** openid -> unionid -> external contact: by platform ids, or a phone that was proved; each join with its evidence (C1). */
export function createLinkIdentities(deps: LinkIdentitiesDeps) {
  const { people, contacts, observations, clock, log } = deps
  const learnUnionIds = createLearnUnionIds({ ...deps, join })

  /**
   * The one person whom these identities belong to from now on; that of `a`, where the two stay apart. null: nothing may
   * be noted of them (C4).
   */
  async function join(pair: Parameters<Join>[0], inHand: readonly CustomerEvent[]): Promise<Person | null> {
    const { evidence, at } = pair
    const link = { a: identityKey(pair.a), b: identityKey(pair.b), evidence, at }
    if (await deps.spreadSilence(link.a, link.b)) return null
    let known = await people.find([link.a, link.b])
    const rank = await rankOf(link, known)
    if (rank === 'superseded') return known.get(link.a) as Person
    if (rank === 'supersedes') known = await people.find([link.a, link.b])
    const [one, other] = [known.get(link.a), known.get(link.b)]
    const sides = [one ? identitiesOf(one) : [link.a], other ? identitiesOf(other) : [link.b]] as const
    if (one?.id !== other?.id && (await staysApart(link, sides))) {
      return one ?? ((await people.resolve([link.a], at)).get(link.a) as Person)
    }
    const revelation = revelationOf(sides)
    if (revelation) await deps.onReveal(revelation, inHand)
    return (await people.join(link)).person
  }

  /**
   * A platform that now names another contact's unionid for the same openid (an Open Platform binding was changed): the
   * later word wins, in whichever order the two are heard, and the earlier join is undone, so that two contacts never
   * become one. It can be made to stand again.
   */
  async function rankOf(
    link: Parameters<People['join']>[0],
    known: ReadonlyMap<IdentityKey, Person>,
  ): Promise<'supersedes' | 'superseded' | 'alone'> {
    const { a, b, at } = link
    const [mine, theirs] = [known.get(a), known.get(b)].map((person) => person && externalOf(person))
    if (!mine || !theirs || mine === theirs || !a.startsWith('openid:') || !b.startsWith('unionid:')) return 'alone'
    if (await people.keptApart(link)) return 'alone'
    const joins = (await people.joins(a)).filter((one) => !one.undone && [one.a, one.b].includes(a) && namesUnionId(one))
    if (joins.some((one) => one.at > at)) return 'superseded'
    for (const { id } of joins) await people.undo(id, at)
    return joins.length > 0 ? 'supersedes' : 'alone'
  }

  /** An operator has undone it, or two people have proved the same phone or card: the first keeps it, and the conflict is noted. */
  async function staysApart(link: Parameters<People['join']>[0], [one, other]: Sides): Promise<boolean> {
    const { a, b, evidence, at } = link
    if (!isSharable(evidence) || !areSetApart(one, other)) return people.keptApart(link)
    const key = `link-conflict:${a}:${b}:${at.getTime()}`
    await observations.record([{ key, at, kind: 'link-conflict', content: { a, b, evidence, sides: [one, other] }, about: [a, b] }])
    log.warn({ by: evidence.by, appId: evidence.appId }, 'not joined: both sides are known apart')
    return true
  }

  /** Whoever has a unionid that one of our contacts has, is that contact. */
  async function joinContacts(known: KnownPersons, inHand: readonly CustomerEvent[]): Promise<Person[]> {
    const persons = new Map([...known.values()].map((person) => [person.id, person]))
    const unlinked = [...persons.values()].filter((person) => !externalOf(person))
    const unionIds = unlinked.flatMap(unionIdsOf)
    if (unionIds.length === 0) return []
    const found: Person[] = []
    for (const { externalUserId, unionId } of await contacts.byUnionIds(unionIds)) {
      if (unionId) found.push(...present(await joinContact(externalUserId, unionId, inHand)))
    }
    return found
  }

  function joinContact(externalUserId: ExternalUserId, unionId: UnionId, inHand: readonly CustomerEvent[]): Promise<Person | null> {
    const [a, b] = [{ kind: 'external', externalUserId } as const, { kind: 'unionid', unionId } as const]
    return join({ a, b, evidence: { by: 'contact' }, at: clock.now() }, inHand)
  }

  return {
    /**
     * Joins what the facts say, asks for what is unknown, and finds the contacts. Safe to run again: returns everybody
     * who was joined, now or before, and who the identities are where nobody was.
     */
    async link(facts: readonly LinkFact[], events: readonly CustomerEvent[]): Promise<Linked> {
      const joined: Person[] = []
      for (const fact of facts) joined.push(...present(await join(fact, events)))
      const named = [...events.map((event) => event.who), ...facts.flatMap(({ a, b }) => [a, b])]
      const keys = [...new Set(named.map(identityKey))]
      if (keys.length === 0) return { joined, known: new Map() }
      const before = await people.find(keys)
      const learnt = await learnUnionIds.ofNew(keys, before, events)
      // While Tencent was waited for, others may have joined anybody.
      const known = learnt.asked.length === 0 ? before : await people.find(keys)
      joined.push(...learnt.persons, ...(await joinContacts(known, events)))
      return { joined, known: joined.length === 0 ? known : new Map() }
    },

    /** Asks again for what Tencent still owes us. */
    async settleOwed(): Promise<readonly Person[]> {
      const { asked, persons } = await learnUnionIds.ofOwed()
      return [...persons, ...(await joinContacts(await people.find(asked), []))]
    },

    /** What the list of followers told about somebody who did something before. */
    async learnt(key: IdentityKey, info: { follows: boolean; unionId: UnionId | null }): Promise<readonly Person[]> {
      return [...(await learnUnionIds.ofTold(key, info)), ...(await joinContacts(await people.find([key]), []))]
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
        persons.push(...present(isKnown ? person : await joinContact(externalUserId, unionId, events)))
      }
      return persons
    },
  }
}

/** What becomes visible when these two become one: the side without a contact, for the one with. */
function revelationOf(sides: Sides): Revelation | null {
  const contact = sides.flat().find(isExternal)
  const hidden = sides.filter((side) => !side.some(isExternal)).flat()
  if (!contact || hidden.length === 0) return null
  return { externalUserId: contact.slice(externalPrefix.length) as ExternalUserId, hidden }
}

function present(person: Person | null): Person[] {
  return person ? [person] : []
}

function identitiesOf(person: Person): IdentityKey[] {
  return person.identities.map(({ key }) => key)
}

function namesUnionId({ a, b }: { a: IdentityKey; b: IdentityKey }): boolean {
  return [a, b].some((key) => key.startsWith('unionid:'))
}

/** What two people may both prove: a phone that a family shares, a card shown by one and carried by another. */
function isSharable({ by }: LinkEvidence): boolean {
  return by === 'phone' || by === 'member-card'
}

/** The external contact among a person's identities. */
export function externalOf(person: Person): ExternalUserId | null {
  const key = person.identities.find((identity) => isExternal(identity.key))?.key
  return key ? (key.slice(externalPrefix.length) as ExternalUserId) : null
}

function isExternal(key: IdentityKey): boolean {
  return key.startsWith(externalPrefix)
}
