import { identityKey, parseIdentityKey, type AppId, type ExternalUserId, type Identity, type IdentityKey, type OpenId, type PersonId, type UnionId } from '../domain/ids.ts'
import { linkStateOf, noReasons, type LinkFacts, type LinkRate } from '../domain/link-state.ts'
import { localDay, wallClock } from '../domain/local-time.ts'
import type { Contact, Person } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { Follower, Followers } from '../ports/followers.ts'
import type { LinkRates } from '../ports/link-rates.ts'
import type { People } from '../ports/people.ts'
import type { KnowRecording } from './recording.ts'
import { identitiesOf } from './remember-events.ts'

export interface CountLinksDeps {
  linkRates: LinkRates
  people: Pick<People, 'byIds' | 'find'>
  contacts: Pick<Contacts, 'many' | 'byUnionIds'>
  followers: Pick<Followers, 'many'>
  recording: Pick<KnowRecording, 'pausedAmong'>
  /** Of the Official Account; null: none. */
  appId: AppId | null
  timeZone: string
  clock: Clock
}

export type CountLinks = ReturnType<typeof createCountLinks>

const pageSize = 500
/** A little more than a year of nights. */
const mostNights = 400

/** What stands behind one page of people: whatever their facts need, in five questions. */
interface Page {
  contacts: readonly Contact[]
  followers: ReadonlyMap<OpenId, Follower>
}

/**
 * Counts how many of our people are linked to a WeCom contact, and why the others are not (C3). Goes through people, and
 * then through contacts and followers who are nobody's yet, a page at a time by the index of their ids: memory stays the
 * same however many they are. Reads only.
 */
export function createCountLinks(deps: CountLinksDeps) {
  const { linkRates, people, contacts, followers, recording, appId, clock } = deps
  const wall = wallClock(deps.timeZone)

  async function pageOf(identities: readonly Identity[]): Promise<Page> {
    const [own, sharing, following] = await Promise.all([
      contacts.many(identities.flatMap((id) => (id.kind === 'external' ? [id.externalUserId] : []))),
      contacts.byUnionIds(identities.flatMap((id) => (id.kind === 'unionid' ? [id.unionId] : []))),
      followers.many(identities.flatMap((id) => (id.kind === 'openid' && id.appId === appId ? [id.openId] : []))),
    ])
    const all = new Map([...own.values(), ...sharing].map((contact) => [contact.externalUserId, contact]))
    return { contacts: [...all.values()], followers: following }
  }

  async function count(): Promise<LinkRate> {
    const [seen, snapshots] = await Promise.all([linkRates.unionIdsSeen(), linkRates.snapshots()])
    const rate = { at: clock.now(), people: 0, linked: 0, reasons: { ...noReasons }, paused: 0, snapshots }
    const add = (facts: LinkFacts) => {
      const state = linkStateOf(facts, seen)
      rate.people += 1
      if (state === 'linked') rate.linked += 1
      else rate.reasons[state] += 1
    }
    await eachPage<PersonId>(linkRates.peopleAfter, async (ids) => {
      const found = await people.byIds(ids)
      const persons = ids.flatMap((id) => (found.get(id)?.id === id ? [found.get(id) as Person] : []))
      const keys = persons.flatMap(identitiesOf)
      const [page, paused] = await Promise.all([pageOf(keys.map(parseIdentityKey)), recording.pausedAmong(keys)])
      for (const person of persons) {
        if (identitiesOf(person).some((key) => paused.has(key))) rate.paused += 1
        else add(factsOf(identitiesOf(person), page, appId))
      }
    })
    const addStrangers = async (list: readonly { keys: readonly IdentityKey[]; facts: LinkFacts }[]) => {
      const keys = list.flatMap((one) => one.keys)
      const [known, paused] = await Promise.all([people.find(keys), recording.pausedAmong(keys)])
      for (const one of list.filter((each) => each.keys.every((key) => !known.has(key)))) {
        if (one.keys.some((key) => paused.has(key))) rate.paused += 1
        else add(one.facts)
      }
    }
    await eachPage<ExternalUserId>(linkRates.contactsAfter, async (ids) => {
      const found = await contacts.many(ids)
      await addStrangers([...found.values()].map((contact) => ({ keys: keysOfContact(contact), facts: { ...nobody, contact: asContact(contact), unionId: contact.unionId !== null } })))
    })
    if (appId === null) return rate
    await eachPage<OpenId>(linkRates.followersAfter, async (ids) => {
      const found = await followers.many(ids)
      const sharing = new Set((await contacts.byUnionIds([...found.values()].flatMap(({ unionId }) => unionId ?? []))).map(({ unionId }) => unionId))
      const alone = [...found.values()].filter(({ follows, unionId }) => follows && (unionId === null || !sharing.has(unionId)))
      await addStrangers(alone.map(({ openId, unionId }) => ({ keys: keysOfFollower(appId, openId, unionId), facts: { ...nobody, account: { follows: true }, unionId: unionId !== null } })))
    })
    return rate
  }

  return {
    /** Now, without keeping it. */
    count,
    /** Counts and keeps it as this local day's. */
    async snapshot(): Promise<LinkRate> {
      const rate = await count()
      await linkRates.keep(localDay(rate.at, wall), rate, mostNights)
      return rate
    },
  }
}

const nobody: LinkFacts = { contact: null, account: null, shops: false, unionId: false }

async function eachPage<Id>(after: (last: Id | null, limit: number) => Promise<readonly Id[]>, take: (ids: readonly Id[]) => Promise<void>): Promise<void> {
  for (let last: Id | null = null; ; ) {
    const ids: readonly Id[] = await after(last, pageSize)
    if (ids.length > 0) await take(ids)
    if (ids.length < pageSize) return
    last = ids.at(-1) ?? null
  }
}

/** What is known of one person, by all of their identities. */
export function factsOf(keys: readonly IdentityKey[], page: Page, appId: AppId | null): LinkFacts {
  const identities = keys.map(parseIdentityKey)
  const unionIds = new Set(identities.flatMap((id): UnionId[] => (id.kind === 'unionid' ? [id.unionId] : [])))
  const externals = new Set(identities.flatMap((id): ExternalUserId[] => (id.kind === 'external' ? [id.externalUserId] : [])))
  const own = page.contacts.filter(({ externalUserId, unionId }) => externals.has(externalUserId) || (unionId !== null && unionIds.has(unionId)))
  const openIds = identities.flatMap((id) => (id.kind === 'openid' ? [id] : []))
  const ofAccount = openIds.filter((id) => id.appId === appId)
  return {
    contact: own.length > 0 ? { present: own.some((one) => asContact(one).present), unionId: own.some(({ unionId }) => unionId !== null) } : null,
    account: ofAccount.length > 0 ? { follows: ofAccount.some(({ openId }) => page.followers.get(openId)?.follows ?? false) } : null,
    shops: openIds.length > ofAccount.length,
    unionId: unionIds.size > 0 || own.some(({ unionId }) => unionId !== null),
  }
}

function asContact({ follows, unionId }: Contact): { present: boolean; unionId: boolean } {
  return { present: follows.some(({ ended }) => ended === null), unionId: unionId !== null }
}

function keysOfContact({ externalUserId, unionId }: Contact): readonly IdentityKey[] {
  const own = identityKey({ kind: 'external', externalUserId })
  return unionId === null ? [own] : [own, identityKey({ kind: 'unionid', unionId })]
}

function keysOfFollower(appId: AppId, openId: OpenId, unionId: UnionId | null): readonly IdentityKey[] {
  const own = identityKey({ kind: 'openid', appId, openId })
  return unionId === null ? [own] : [own, identityKey({ kind: 'unionid', unionId })]
}
