import type { Kind, Line } from './lines.ts'

/** What is not as it should be; `id` is a fingerprint of its key, the same in every report. */
export interface Difference {
  /** missing: bytes and observations tell of it, the live state lacks it. extra: the other way round. */
  what: 'missing' | 'extra' | 'different'
  about: string
  at: Date | null
  id: string
}

const shortId = 12
const space = 1n << 128n

/** One hash of all lines in whatever order they come, and how many they are. */
export async function digestOf(
  lines: AsyncIterable<Line>,
  fingerprint: (text: string) => string,
): Promise<{ hash: string; count: number }> {
  let sum = 0n
  let count = 0
  for await (const { id, text } of lines) {
    sum = (sum + BigInt(`0x${fingerprint(`${id}\n${text}`)}`)) % space
    count += 1
  }
  return { hash: sum.toString(16).padStart(32, '0'), count }
}

/** The first differences in the order of time; which lines a kind has is held in memory, as fingerprints. */
export async function compareLines(
  live: AsyncIterable<Line>,
  made: AsyncIterable<Line>,
  limit: number,
  fingerprint: (text: string) => string,
): Promise<readonly Difference[]> {
  const rest = new Map<string, { text: string; about: string; at: Date | null }>()
  for await (const { id, text, about, at } of live) rest.set(fingerprint(id), { text: fingerprint(text), about, at })
  const found: Difference[] = []
  for await (const { id, text, about, at } of made) {
    const key = fingerprint(id)
    const own = rest.get(key)
    rest.delete(key)
    if (!own) found.push({ what: 'missing', about, at, id: key.slice(0, shortId) })
    else if (own.text !== fingerprint(text)) found.push({ what: 'different', about, at, id: key.slice(0, shortId) })
  }
  for (const [key, { about, at }] of rest) found.push({ what: 'extra', about, at, id: key.slice(0, shortId) })
  return found
    .toSorted((a, b) => (a.at?.getTime() ?? 0) - (b.at?.getTime() ?? 0) || (a.id < b.id ? -1 : 1))
    .slice(0, limit)
}

/** Names of the kinds for people. */
export const kindWords: Readonly<Record<Kind, string>> = {
  links: 'links',
  timeline: 'timelines',
  memory: 'memory',
  signals: 'signals',
}
