import type { Posted } from '../fake-tencent/post.ts'
import type { Expectation, Happened } from './people.ts'

/** What the platforms know of every callback: the only truth that the product is judged by. */
export interface Ledger {
  /** A try that was answered, as the stand-in saw it. */
  note(posted: Posted): void
  /** A callback that ended: acked, or given up by its platform. */
  close(happened: Happened, acked: boolean, tries: number): void
  /** Contents that were acked at least once, by sender. */
  acked: ReadonlySet<string>
  expected: readonly (Expectation & { acked: boolean })[]
  counts: Readonly<{
    posts: number
    resent: number
    givenUp: number
    slowestMs: number
    /** The longest time in which callbacks were sent and none was acked. */
    longestSilenceMs: number
    statuses: Readonly<Record<string, number>>
  }>
}

/** How a stored delivery is told from every other one. */
export function contentKey(sender: string, content: string): string {
  return `${sender} ${content}`
}

export function createLedger(): Ledger {
  const acked = new Set<string>()
  const expected: (Expectation & { acked: boolean })[] = []
  const statuses: Record<string, number> = {}
  const counts = { posts: 0, resent: 0, givenUp: 0, slowestMs: 0, longestSilenceMs: 0, statuses }
  let lastAck = performance.now()
  return {
    acked,
    expected,
    counts,
    note({ channel, content, status, ms }) {
      counts.posts += 1
      statuses[status] = (statuses[status] ?? 0) + 1
      counts.slowestMs = Math.max(counts.slowestMs, Math.round(ms))
      const now = performance.now()
      counts.longestSilenceMs = Math.max(counts.longestSilenceMs, Math.round(now - lastAck))
      if (status < 200 || status >= 300) return
      lastAck = now
      if (channel !== 'wechat-pay') acked.add(contentKey(channel, content))
    },
    close(happened, isAcked, tries) {
      expected.push({ ...happened.expected, acked: isAcked })
      counts.resent += tries - 1
      if (!isAcked) counts.givenUp += 1
    },
  }
}
