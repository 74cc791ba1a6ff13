import { identityKey, type ExternalUserId, type IdentityKey } from '../domain/ids.ts'
import type { Contact, Person } from '../domain/person.ts'
import { measureChain, noAnonymous, type Chain, type ChainReader, type ChainShare } from '../domain/share-chain.ts'
import type { Someone } from '../domain/share-sight.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { ContentLibrary } from '../ports/content.ts'
import type { Log } from '../ports/log.ts'
import type { People } from '../ports/people.ts'
import type { CountedChain, ReaderToken, ShareChains, ShareNoted } from '../ports/share-chains.ts'
import { groupBy } from './group-by.ts'
import { identitiesOf } from './remember-events.ts'

export interface CountSharesDeps {
  shareChains: ShareChains
  contentLibrary: Pick<ContentLibrary, 'list' | 'bySlug'>
  people: Pick<People, 'find'>
  contacts: Pick<Contacts, 'many'>
  clock: Clock
  log: Log
}

export type CountShares = ReturnType<typeof createCountShares>

const pageSize = 500
const mostArticles = 1_000
/** Of one article; what lies beyond is not counted, and the log says so. */
const mostTokens = 200_000
/** Joins, undone joins, erasures and new contacts leave no date on an article: all are counted anew that often. */
const anewAfterMs = 20 * 3600_000

/**
 * Counts the share chains of the brand's articles and keeps the numbers (A6): of each article what was noted since the
 * last time, and of all once a night. No page counts while somebody waits. Persons are looked up as they are now, so that
 * two identities that proved to be one person are one reader and no share. Memory: the tokens of one article.
 */
export function createCountShares(deps: CountSharesDeps) {
  const { shareChains, contentLibrary, clock, log } = deps
  const whoAre = createWhoAre(deps)

  async function readersOf(contentId: string): Promise<readonly (ChainReader & { slug: string })[]> {
    const readers: (ChainReader & { slug: string })[] = []
    for (let after: string | null = null; ; ) {
      const page: readonly ReaderToken[] = await shareChains.readers(contentId, after, pageSize)
      const who = await whoAre(page.map(({ visitor }) => visitor))
      for (const { visitor, ...token } of page) readers.push({ ...token, person: who(visitor).person })
      if (page.length < pageSize) return readers
      if (readers.length >= mostTokens) {
        log.warn({ contentId, most: mostTokens }, 'not all readers of an article were counted')
        return readers
      }
      after = page.at(-1)?.token ?? null
    }
  }

  async function sharesOf(contentId: string): Promise<readonly (ChainShare & { slug: string | null })[]> {
    const shares: (ChainShare & { slug: string | null })[] = []
    for (let after: string | null = null; ; ) {
      const page: readonly ShareNoted[] = await shareChains.sharesOf(contentId, after, pageSize)
      const who = await whoAre(page.flatMap(({ sharer, friend }) => [sharer, friend]))
      for (const { sharer, friend, slug, by, at } of page) {
        const { person, contactSince } = who(friend)
        shares.push({ sharer: who(sharer).person, friend: person, slug, by, becameContact: contactSince !== null && contactSince >= at })
      }
      if (page.length < pageSize) return shares
      if (shares.length >= mostTokens) {
        log.warn({ contentId, most: mostTokens }, 'not all shares of an article were counted')
        return shares
      }
      after = page.at(-1)?.id ?? null
    }
  }

  async function count(contentId: string): Promise<void> {
    const countedAt = clock.now()
    const [readers, shares, anonymous] = [await readersOf(contentId), await sharesOf(contentId), await shareChains.anonymousOf(contentId)]
    const anonymousBy = new Map(anonymous.map(({ slug, counts }) => [slug, counts]))
    const counted: CountedChain[] = [{ contentId, of: { whole: true }, chain: measureChain(readers, shares, summed([...anonymousBy.values()])), countedAt }]
    const slugs = new Set([...readers.map(({ slug }) => slug), ...shares.flatMap(({ slug }) => (slug === null ? [] : [slug])), ...anonymousBy.keys()])
    const [readersBy, sharesBy] = [groupBy(readers, ({ slug }) => slug), groupBy(shares, ({ slug }) => slug)]
    for (const slug of slugs) {
      const link = await contentLibrary.bySlug(slug)
      if (!link) continue
      const chain = measureChain(readersBy.get(slug) ?? [], sharesBy.get(slug) ?? [], anonymousBy.get(slug) ?? noAnonymous)
      counted.push({ contentId, of: { whole: false, staffId: link.staffId }, chain, countedAt })
    }
    await shareChains.keep(contentId, counted)
  }

  /** Counts what may have changed, or everything; how many articles were counted. */
  return async function countShares(everything = false): Promise<number> {
    const articles = await contentLibrary.list(mostArticles)
    let sum = 0
    for (const { id } of articles) {
      const [noted, known] = await Promise.all([shareChains.lastNoted(id), shareChains.counted([id])])
      const last = known.find(({ of }) => of.whole)?.countedAt ?? null
      if (noted === null) continue
      const isOld = last === null || noted >= last || clock.now().getTime() - last.getTime() >= anewAfterMs
      if (!everything && !isOld) continue
      await count(id)
      sum += 1
    }
    return sum
  }
}

/** Who stands behind identities now. Names of people who were erased are nobody's, and stay apart. */
export function createWhoAre({ people, contacts }: { people: Pick<People, 'find'>; contacts: Pick<Contacts, 'many'> }) {
  return async function whoAre(keys: readonly IdentityKey[]): Promise<(key: IdentityKey) => Someone> {
    const persons = await people.find([...new Set(keys)])
    const ids = [...new Set([...persons.values()].flatMap(externalIdsOf))]
    const found = ids.length > 0 ? await contacts.many(ids) : new Map<ExternalUserId, Contact>()
    const known = new Map<IdentityKey, Someone>()
    for (const [key, person] of persons) {
      const since = externalIdsOf(person).flatMap((id) => presentSince(found.get(id)))
      known.set(key, { person: person.id, contactSince: since.length > 0 ? new Date(Math.max(...since)) : null })
    }
    return (key) => known.get(key) ?? { person: key, contactSince: null }
  }
}

/** External ids among a person's identities. */
export function externalIdsOf(person: Person): ExternalUserId[] {
  const prefix = identityKey({ kind: 'external', externalUserId: '' as ExternalUserId })
  return identitiesOf(person).flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length) as ExternalUserId] : []))
}

function presentSince(contact: Contact | undefined): number[] {
  return (contact?.follows ?? []).filter(({ ended }) => ended === null).map(({ since }) => since.getTime())
}

function summed(list: readonly Chain['anonymous'][]): Chain['anonymous'] {
  const sum = (why: keyof Chain['anonymous']) => list.reduce((all, counts) => all + counts[why], 0)
  return { snapshot: sum('snapshot'), refused: sum('refused'), outside: sum('outside') }
}
