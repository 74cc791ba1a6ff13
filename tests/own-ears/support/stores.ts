import { identityKey, type AppId, type IdentityKey, type OpenId, type PersonId, type StaffId, type UnionId } from '../../../server/domain/ids.ts'
import { StoreUnavailable } from '../../../server/domain/errors.ts'
import type { Person } from '../../../server/domain/person.ts'
import type { Content, ContentLibrary, ContentLink, Shares, ShareToken } from '../../../server/ports/content.ts'
import type { Delivery, Inbox } from '../../../server/ports/inbox.ts'
import type { People } from '../../../server/ports/people.ts'

const unused = async () => {
  throw new Error('the edge only accepts')
}

/** An inbox in memory: `away` refuses, `silent` never answers, `forget` is what time does to delivery keys. */
export function memoryInbox() {
  const seen = new Set<string>()
  const kept: Delivery[] = []
  const weather = { away: false, silent: false, calls: 0 }
  const accept: Inbox['accept'] = async (deliveries) => {
    weather.calls += 1
    if (weather.away) throw new StoreUnavailable()
    if (weather.silent) return new Promise(() => {})
    return deliveries.map((delivery) => {
      const key = [delivery.channel, delivery.account, delivery.key].join('|')
      if (seen.has(key)) return 'seen'
      seen.add(key)
      kept.push(delivery)
      return 'stored'
    })
  }
  const others = { take: unused, settle: unused, oldest: unused, depth: unused, list: unused, left: unused, find: unused, reopen: unused }
  const inbox: Inbox = { accept, ...others, each: () => { throw new Error('unused') } }
  return { inbox, kept, weather, forget: () => seen.clear() }
}

/** Contents with their copies. */
export function memoryContent() {
  const contents = new Map<string, Content>()
  const links = new Map<string, ContentLink>()
  const linkFor = (copy: Omit<ContentLink, 'slug'>) => {
    const link = { ...copy, slug: `${copy.contentId}-${copy.staffId ?? 'all'}` }
    links.set(link.slug, link)
    return link
  }
  const library: ContentLibrary = {
    async add(content) {
      contents.set(content.id, content)
    },
    get: async (id) => contents.get(id) ?? null,
    list: async (limit) => [...contents.values()].slice(0, limit),
    linkFor: async (contentId, staffId) => linkFor({ contentId, staffId }),
    linksFor: async (copies) => copies.map(linkFor),
    bySlug: async (slug) => links.get(slug) ?? null,
  }
  return {
    library,
    /** Adds a content with one copy for each member and returns the slugs. */
    async publish(content: Partial<Content> & { id: string }, staff: readonly string[] = ['mei']): Promise<string[]> {
      const whole = { title: content.id, url: null, markdown: null, cover: null, addedAt: new Date(0), ...content }
      await library.add(whole)
      return Promise.all(staff.map(async (id) => (await library.linkFor(content.id, id as StaffId)).slug))
    },
  }
}

/** Share tokens and noted shares. `crashBeforeNoting` fails the next noteShare, as a killed process would. */
export function memoryShares() {
  const tokens = new Map<string, ShareToken>()
  const noted = new Set<string>()
  const anonymous: { slug: string; why: string }[] = []
  const weather = { crashBeforeNoting: false }
  const shares: Shares = {
    async tokenFor({ contentId, slug, visitor, parent, depth, by }) {
      const id = [contentId, slug, visitor].join('|')
      const known = [...tokens.values()].find((share) => [share.contentId, share.slug, share.visitor].join('|') === id)
      if (known) return known
      const token = `token${tokens.size + 1}`
      const share = { token, contentId, slug, visitor, parent, depth, by }
      tokens.set(token, share)
      return share
    },
    find: async (token) => tokens.get(token) ?? null,
    async noteShare({ contentId, sharer, friend }) {
      if (weather.crashBeforeNoting) throw new StoreUnavailable()
      const id = [contentId, sharer, friend].join('|')
      const first = !noted.has(id)
      noted.add(id)
      return first
    },
    noteAnonymous: async ({ slug, why }) => void anonymous.push({ slug, why }),
  }
  return { shares, tokens, noted, anonymous, weather }
}

/** Persons of whom a unionid is known. */
export function memoryPeople() {
  const persons = new Map<IdentityKey, Person>()
  const people: Pick<People, 'find'> = {
    find: async (keys) => new Map([...persons].filter(([key]) => keys.includes(key))),
  }
  return {
    people,
    know(appId: string, openId: string, unionId: string) {
      const since = new Date(0)
      const key = identityKey({ kind: 'openid', appId: appId as AppId, openId: openId as OpenId })
      const other = identityKey({ kind: 'unionid', unionId: unionId as UnionId })
      const identities = [key, other].map((identity) => ({ key: identity, since, evidence: null }))
      persons.set(key, { id: `p-${openId}` as PersonId, formerIds: [], identities })
    },
  }
}
