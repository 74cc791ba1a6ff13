/** How a reader was known on the first arrival at a copy: WeChat's OAuth just then, or our signed cookie from an earlier one. */
export type KnownBy = 'oauth' | 'cookie'

/** Why an opening names nobody. snapshot: WeChat's made-up identity; refused: OAuth gave none; outside: not in WeChat. */
export type AnonymousWhy = 'snapshot' | 'refused' | 'outside'

/** One reader's token on one copy. `person`: whoever the identity belongs to now; any text that is equal for one person. */
export interface ChainReader {
  token: string
  /** Token through which they came; null for a direct arrival. */
  parent: string | null
  /** 1 for a direct arrival, one more than the sharer's else: as it was on arrival, for when the sharer's token is gone. */
  depth: number
  person: string
  by: KnownBy
}

/** A friend opened a sharer's copy. */
export interface ChainShare {
  sharer: string
  friend: string
  by: KnownBy
  /** Whether the friend became a contact of a member afterwards. */
  becameContact: boolean
}

/** What is counted of one article, or of one member's copy of it: numbers about nobody. */
export interface Chain {
  /** Different people who opened it; each by what named them first. */
  reach: { all: number; oauth: number; cookie: number }
  /** How far it travelled: 1 where only people opened it to whom it was sent. */
  depth: number
  /** People by level, the first being direct. */
  levels: readonly number[]
  /** People whose copy a friend opened. */
  sharers: number
  /** Pairs of a sharer and a friend. */
  shares: number
  friends: { all: number; oauth: number; cookie: number }
  /** Friends who became a contact after they had opened it. */
  contacts: number
  /** Openings that name nobody; they are in no other number. */
  anonymous: Readonly<Record<AnonymousWhy, number>>
}

export const noAnonymous: Chain['anonymous'] = { snapshot: 0, refused: 0, outside: 0 }

/** A chain that nobody opened. */
export const emptyChain: Chain = measureChain([], [], noAnonymous)

/**
 * Reach, depth and counts of one chain. Two tokens of one person are one reader, at the level nearest to the beginning,
 * and a person who hands something to themselves adds no level: a share between two identities that prove to be one
 * person is none.
 */
export function measureChain(readers: readonly ChainReader[], shares: readonly ChainShare[], anonymous: Chain['anonymous']): Chain {
  const levelOf = levelsOf(readers)
  const level = new Map<string, number>()
  const knownBy = new Map<string, KnownBy>()
  for (const reader of readers) {
    level.set(reader.person, Math.min(level.get(reader.person) ?? Infinity, levelOf(reader)))
    if (knownBy.get(reader.person) !== 'oauth') knownBy.set(reader.person, reader.by)
  }
  const levels: number[] = []
  for (const each of level.values()) levels[each - 1] = (levels[each - 1] ?? 0) + 1
  const filled = Array.from(levels, (count) => count ?? 0)
  const seen = shares.filter(({ sharer, friend }) => sharer !== friend)
  const friendBy = new Map<string, KnownBy>()
  for (const { friend, by } of seen) if (friendBy.get(friend) !== 'oauth') friendBy.set(friend, by)
  return {
    reach: split(knownBy),
    depth: filled.length,
    levels: filled,
    sharers: new Set(seen.map(({ sharer }) => sharer)).size,
    shares: new Set(seen.map(({ sharer, friend }) => JSON.stringify([sharer, friend]))).size,
    friends: split(friendBy),
    contacts: new Set(seen.filter(({ becameContact }) => becameContact).map(({ friend }) => friend)).size,
    anonymous,
  }
}

function split(by: ReadonlyMap<string, KnownBy>): Chain['reach'] {
  const oauth = [...by.values()].filter((each) => each === 'oauth').length
  return { all: by.size, oauth, cookie: by.size - oauth }
}

/** The level of each reader, without recursion: chains may be long. */
function levelsOf(readers: readonly ChainReader[]): (reader: ChainReader) => number {
  const byToken = new Map(readers.map((reader) => [reader.token, reader]))
  const known = new Map<string, number>()
  return (reader) => {
    const path: ChainReader[] = []
    const onPath = new Set<string>()
    let at: ChainReader | undefined = reader
    while (at && !known.has(at.token) && !onPath.has(at.token)) {
      path.push(at)
      onPath.add(at.token)
      at = at.parent === null ? undefined : byToken.get(at.parent)
    }
    for (const each of path.reverse()) {
      const above = each.parent === null ? undefined : byToken.get(each.parent)
      const aboveLevel = above && known.get(above.token)
      if (!above || aboveLevel === undefined) known.set(each.token, Math.max(1, each.depth))
      else known.set(each.token, aboveLevel + (above.person === each.person ? 0 : 1))
    }
    return known.get(reader.token) ?? 1
  }
}
