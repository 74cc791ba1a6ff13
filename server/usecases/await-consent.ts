import type { CustomerEvent } from '../domain/event.ts'
import { identityKey, type IdentityKey } from '../domain/ids.ts'
import { noticeSourceOf, ownEars, standingOf, type NoticeAct, type NoticeBook } from '../domain/notice.ts'
import type { Notices } from '../ports/notices.ts'
import type { People } from '../ports/people.ts'

export interface AwaitConsentDeps {
  notices: Pick<Notices, 'of'>
  people: Pick<People, 'find'>
  book: NoticeBook
}

export type AwaitConsent = ReturnType<typeof createAwaitConsent>

/**
 * "Nothing before consent" where a platform or another system tells us (C5): gives the keys of those events whose customer
 * has not agreed, under any identity, to the words in use. Our own ears ask before they store, and are not asked here.
 */
export function createAwaitConsent({ notices, people, book }: AwaitConsentDeps) {
  const sources = book.consentFirst.filter((source) => !ownEars.some((ear) => ear === source))
  const isAsked = ({ source }: CustomerEvent) => sources.some((each) => each === noticeSourceOf(source))

  async function actsByKey(keys: readonly IdentityKey[]): Promise<ReadonlyMap<IdentityKey, readonly NoticeAct[]>> {
    const persons = await people.find(keys)
    const own = new Map(keys.map((key) => [key, persons.get(key)?.identities.map((identity) => identity.key) ?? [key]] as const))
    const acts = await notices.of([...new Set([...own.values()].flat())])
    return new Map([...own].map(([key, all]) => [key, acts.filter(({ identity }) => all.includes(identity))] as const))
  }

  return async function awaitConsent(events: readonly CustomerEvent[]): Promise<ReadonlySet<string>> {
    const asked = events.filter(isAsked)
    if (asked.length === 0) return new Set()
    const acts = await actsByKey([...new Set(asked.map(({ who }) => identityKey(who)))])
    const may = ({ who, source }: CustomerEvent) => standingOf(acts.get(identityKey(who)) ?? [], noticeSourceOf(source), book) === 'may'
    return new Set(asked.filter((event) => !may(event)).map(({ key }) => key))
  }
}
