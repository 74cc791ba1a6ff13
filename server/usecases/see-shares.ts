import type { ExternalUserId, IdentityKey, StaffId } from '../domain/ids.ts'
import { identityKey } from '../domain/ids.ts'
import { followsNow, type Contact } from '../domain/person.ts'
import { emptyChain, type Chain } from '../domain/share-chain.ts'
import { inSight, sharerCounts, type NamedSharer, type SharerCounts } from '../domain/share-sight.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { Content, ContentLibrary } from '../ports/content.ts'
import type { People } from '../ports/people.ts'
import type { ShareChains, ShareNoted } from '../ports/share-chains.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import { createWhoAre, externalIdsOf } from './count-shares.ts'
import { groupBy } from './group-by.ts'
import type { LookOn } from './look-on.ts'
import { namesOf } from './member-names.ts'
import type { KnowRecording } from './recording.ts'
import { identitiesOf } from './remember-events.ts'

export interface SeeSharesDeps {
  shareChains: ShareChains
  contentLibrary: Pick<ContentLibrary, 'get' | 'list' | 'linksFor'>
  people: Pick<People, 'find'>
  contacts: Pick<Contacts, 'many'>
  lookOn: Pick<LookOn, 'find'>
  recording: Pick<KnowRecording, 'pausedAmong'>
  staffDirectory: Pick<StaffDirectory, 'get'>
}

export type SeeShares = ReturnType<typeof createSeeShares>

/** Of one article, who among a member's own customers shared it. */
export interface ArticleSharers {
  contentId: string
  sharers: readonly NamedSharer[]
}

/** One article for operators: all of it, and each member's copy. */
export interface ArticleChain {
  content: Pick<Content, 'id' | 'title' | 'addedAt'>
  whole: Chain
  countedAt: Date
  copies: readonly { staffId: StaffId | null; name: string | null; chain: Chain }[]
}

/** A request reads no more than the newest so many shares; the nightly count reads them all. */
const mostShares = 2_000
const mostArticles = 200
const articlesOfOperators = 50

/** What members and operators see of share chains; the rule stands in domain/share-sight.ts. */
export function createSeeShares(deps: SeeSharesDeps) {
  const { shareChains, contentLibrary, people, contacts, lookOn, recording, staffDirectory } = deps
  const whoAre = createWhoAre(deps)

  const partiesOf = (shares: readonly ShareNoted[]) => shares.flatMap(({ sharer, friend }) => [sharer, friend])

  /** The member's own customers behind these sharers; who paused is not named. */
  async function ownCustomers(staffId: StaffId, sharers: readonly IdentityKey[]): Promise<ReadonlyMap<IdentityKey, Contact>> {
    const persons = await people.find(sharers)
    const ids = [...new Set([...persons.values()].flatMap(externalIdsOf))]
    const [found, paused] = await Promise.all([contacts.many(ids), recording.pausedAmong(ids.map(keyOf))])
    const own = new Map<IdentityKey, Contact>()
    for (const [key, person] of persons) {
      const theirs = externalIdsOf(person).filter((id) => !paused.has(keyOf(id))).flatMap((id) => found.get(id) ?? [])
      const mine = theirs.find((contact) => followsNow(contact, staffId))
      if (mine) own.set(key, mine)
    }
    return own
  }

  return {
    /** What one customer shared, for a member who follows them. @throws Denied (not-my-customer), TencentRefused */
    async ofCustomer(staffId: StaffId, id: ExternalUserId): Promise<readonly (SharerCounts & { title: string })[]> {
      await lookOn.find(staffId, id)
      const key = keyOf(id)
      const person = (await people.find([key])).get(key)
      const shares = await shareChains.bySharers(person ? identitiesOf(person) : [key], mostShares)
      const counts = sharerCounts(shares, await whoAre(partiesOf(shares)))
      const titles = await Promise.all(counts.map(({ contentId }) => contentLibrary.get(contentId)))
      return counts.flatMap((count, index) => (titles[index] ? [{ ...count, title: titles[index].title }] : []))
    },

    /** Of each article, which of the member's own customers shared her copy of it. */
    async ofMember(staffId: StaffId): Promise<readonly ArticleSharers[]> {
      const articles = await contentLibrary.list(mostArticles)
      const links = await contentLibrary.linksFor(articles.map(({ id }) => ({ contentId: id, staffId })))
      const shares = await shareChains.byCopies(links.map(({ slug }) => slug), mostShares)
      const own = await ownCustomers(staffId, [...new Set(shares.map(({ sharer }) => sharer))])
      const seen = shares.filter(({ sharer }) => own.has(sharer))
      const who = await whoAre(partiesOf(seen))
      const named = new Map<string, NamedSharer[]>()
      for (const list of groupBy(seen, ({ sharer }) => who(sharer).person).values()) {
        const contact = own.get((list[0] as ShareNoted).sharer) as Contact
        const name = nameFor(contact, staffId)
        for (const { contentId, friends, contacts: became } of sharerCounts(list, who)) {
          const line = { externalUserId: contact.externalUserId, name, friends, contacts: became }
          named.set(contentId, [...(named.get(contentId) ?? []), line])
        }
      }
      return [...named].map(([contentId, sharers]) => ({ contentId, sharers: inSight(sharers) }))
    },

    /** The newest articles as they were last counted, for operators. */
    async ofArticles(): Promise<readonly ArticleChain[]> {
      const articles = await contentLibrary.list(articlesOfOperators)
      const counted = groupBy(await shareChains.counted(articles.map(({ id }) => id)), ({ contentId }) => contentId)
      const staffIds = [...counted.values()].flat().flatMap(({ of }) => (of.whole || of.staffId === null ? [] : [of.staffId]))
      const names = await namesOf(staffDirectory, staffIds)
      return articles.flatMap(({ id, title, addedAt }) => {
        const list = counted.get(id) ?? []
        const whole = list.find(({ of }) => of.whole)
        if (!whole) return []
        const copies = list.flatMap(({ of, chain }) => {
          if (of.whole) return []
          return [{ staffId: of.staffId, name: of.staffId && (names.get(of.staffId) ?? of.staffId), chain: { ...emptyChain, ...chain } }]
        })
        const ordered = copies.toSorted((a, b) => b.chain.reach.all - a.chain.reach.all || ((a.name ?? '') < (b.name ?? '') ? -1 : 1))
        return [{ content: { id, title, addedAt }, whole: { ...emptyChain, ...whole.chain }, countedAt: whole.countedAt, copies: ordered }]
      })
    },
  }
}

function keyOf(externalUserId: ExternalUserId): IdentityKey {
  return identityKey({ kind: 'external', externalUserId })
}

function nameFor(contact: Contact, staffId: StaffId): string {
  const follow = contact.follows.find((one) => one.staffId === staffId)
  return follow?.remark?.trim() || contact.name || '客户'
}
