import type { JoinListView, JoinView } from '../../server/http/contract.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import type { Cast } from './cast.ts'
import type { NewStep } from './feed.ts'

/** The product links a moment after it has answered, on a busy machine seconds after. */
const looksAfterMs = [700, 2_500]

/**
 * Tells the feed why identities count as one person: asks the product as its operator does, a moment after something
 * happened that may have joined two.
 */
export function tellJoins({ memory, lin, feed, productUrl }: Cast, operator: StaffActor) {
  const stop = new AbortController()
  let waiting: ReturnType<typeof setTimeout>[] = []

  async function look(): Promise<void> {
    const url = `${productUrl}/api/customers/${lin.externalUserId}/links`
    const response = await operator.browser.request(url, { headers: { accept: 'application/json' }, signal: stop.signal })
    if (response.status !== 200) return void (await response.body?.cancel())
    const { joins, conflicts } = (await response.json()) as JoinListView
    const known = new Set(memory.joins)
    const news = joins.filter((join) => !known.has(markOf(join))).toSorted((a, b) => a.at - b.at)
    memory.joins = [...known, ...news.map(markOf)]
    for (const join of news) feed.add(stepOfJoin(join))
    for (const { at, text } of conflicts) {
      if (memory.joins.includes(`conflict ${at}`)) continue
      memory.joins.push(`conflict ${at}`)
      feed.add({ tone: 'quiet', title: '没有合并', text })
    }
  }

  return {
    /** Something happened. */
    soon(): void {
      if (stop.signal.aborted) return
      waiting.forEach(clearTimeout)
      waiting = looksAfterMs.map((ms) => setTimeout(() => void look().catch(() => null), ms))
    },
    close(): void {
      waiting.forEach(clearTimeout)
      stop.abort()
    },
  }
}

const markOf = ({ id, undone }: JoinView) => (undone === null ? id : `${id} undone ${undone}`)

function stepOfJoin({ text, because, undone }: JoinView): NewStep {
  if (undone !== null) return { tone: 'quiet', title: '已分开', text, small: because }
  return { tone: 'brand', title: '认作同一个人', text, small: because }
}
