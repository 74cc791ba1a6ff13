import type { Fact, LinkEvidence } from '../domain/event.ts'
import { identityKey, type IdentityKey } from '../domain/ids.ts'
import { noticeSourceOf, ownEars, standingOf, type NoticeAct, type NoticeBook, type NoticeSource } from '../domain/notice.ts'
import type { Notices } from '../ports/notices.ts'
import type { People } from '../ports/people.ts'

export interface AwaitConsentDeps {
  notices: Pick<Notices, 'of'>
  people: Pick<People, 'find'>
  book: NoticeBook
}

export type AwaitConsent = ReturnType<typeof createAwaitConsent>

/** What a platform told of somebody: whose it is, under which source's notice it falls. */
interface Told {
  fact: Fact
  source: NoticeSource
  keys: readonly IdentityKey[]
}

/** Whose notice a link falls under; null: our own ear asked, or nobody told us. */
const sourceOfLink: Readonly<Record<LinkEvidence['by'], NoticeSource | null>> = {
  'member-card': 'official-account',
  order: 'wechat-shop',
  coupon: 'wechat-shop',
  'user-info': null,
  contact: null,
  oauth: null,
  code2session: null,
  phone: null,
}

/**
 * "Nothing before consent" where a platform or another system tells us (C5): gives those facts whose customer has not
 * agreed, under any identity, to the words in use: what they did, and who they are where that is all that is told. Our own
 * ears ask before they store, and are not asked here.
 */
export function createAwaitConsent({ notices, people, book }: AwaitConsentDeps) {
  const sources = book.consentFirst.filter((source) => !ownEars.some((ear) => ear === source))

  function toldOf(fact: Fact): Told[] {
    const told = fact.about === 'customer' ? toldByEvent(fact) : fact.about === 'link' ? toldByLink(fact) : null
    return told && sources.some((each) => each === told.source) ? [told] : []
  }

  async function actsByKey(keys: readonly IdentityKey[]): Promise<ReadonlyMap<IdentityKey, readonly NoticeAct[]>> {
    const persons = await people.find(keys)
    const own = new Map(keys.map((key) => [key, persons.get(key)?.identities.map((identity) => identity.key) ?? [key]] as const))
    const acts = await notices.of([...new Set([...own.values()].flat())])
    return new Map([...own].map(([key, all]) => [key, acts.filter(({ identity }) => all.includes(identity))] as const))
  }

  return async function awaitConsent(facts: readonly Fact[]): Promise<ReadonlySet<Fact>> {
    if (sources.length === 0) return new Set()
    const asked = facts.flatMap(toldOf)
    if (asked.length === 0) return new Set()
    const acts = await actsByKey([...new Set(asked.flatMap(({ keys }) => keys))])
    const actsOf = (keys: readonly IdentityKey[]) => [...new Set(keys.flatMap((key) => acts.get(key) ?? []))]
    const unasked = asked.filter(({ keys, source }) => standingOf(actsOf(keys), source, book) !== 'may')
    return new Set(unasked.map(({ fact }) => fact))
  }
}

function toldByEvent(fact: Extract<Fact, { about: 'customer' }>): Told {
  return { fact, source: noticeSourceOf(fact.event.source), keys: [identityKey(fact.event.who)] }
}

function toldByLink(fact: Extract<Fact, { about: 'link' }>): Told | null {
  const { a, b, evidence } = fact.link
  const source = sourceOfLink[evidence.by]
  return source && { fact, source, keys: [identityKey(a), identityKey(b)] }
}
