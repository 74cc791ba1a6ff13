import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import type { CustomerEvent, ItemKind } from '../../server/domain/event.ts'
import { compareMarks } from '../../server/domain/event-order.ts'
import type { AppId, OpenId } from '../../server/domain/ids.ts'
import type { Memory, Signal } from '../../server/domain/memory.ts'
import { emptyMemory } from '../../server/domain/memory-state.ts'
import { isSettled, rebuild } from '../../server/domain/rebuild.ts'
import { longestWindowMs, type Rule } from '../../server/domain/rule.ts'
import { fireTimers, weighAll } from '../../server/domain/weigh.ts'

const kinds: Readonly<Record<string, ItemKind>> = {
  product_view: 'view-item', add_to_cart: 'add-to-cart', favourite: 'favourite-item', purchase: 'order', article_read: 'view-page',
}

/** Rows of a CSV file, gzipped or not; null when the file is not there. */
export function readRows(url: URL): Record<string, string>[] | null {
  if (!existsSync(url)) return null
  const bytes = readFileSync(url)
  return parse(url.pathname.endsWith('.gz') ? gunzipSync(bytes) : bytes, { columns: true })
}

/** The events that rows become, as the beacon would make them: keys carry the row number, robots are left out. */
export function eventsOf(rows: readonly Record<string, string>[]): CustomerEvent[] {
  return rows.flatMap((row, index) => {
    const { ts_ms: at, visitor = '', event = '', item: id = '', category, is_bot: isBot } = row
    const kind = kinds[event]
    if (!kind) throw new Error(`row ${index + 1}: unknown event`)
    if (isBot === '1') return []
    const who = { kind: 'openid', appId: 'wx-mall' as AppId, openId: visitor as OpenId } as const
    const item = category === undefined ? { id } : { id, category }
    return [{ key: `beacon:wx-mall:${visitor}:${index + 1}`, at: new Date(Number(at)), who, source: 'beacon', kind, item, text: null }]
  })
}

/** `rule,fire_ts_ms,visitor,subject` sorted, as the expected lists have it. */
export function expectedLines(rows: readonly Record<string, string>[]): string[] {
  return rows.map((row) => `${row['rule']},${row['fire_ts_ms']},${row['visitor']},${row['subject']}`).toSorted()
}

/** Plays a stream in the order given, one person a visitor, late events rebuilt; the lines that stand at the end. */
export function playStream(events: readonly CustomerEvent[], rules: readonly Rule[], batchSize = 100): string[] {
  const visitors = new Map<string, ReturnType<typeof createVisitor>>()
  for (let index = 0; index < events.length; index += batchSize) {
    const own = new Map<string, CustomerEvent[]>()
    for (const event of events.slice(index, index + batchSize)) own.set(visitorOf(event), [...(own.get(visitorOf(event)) ?? []), event])
    for (const [name, batch] of own) {
      const visitor = visitors.get(name) ?? createVisitor(rules)
      visitors.set(name, visitor)
      visitor.take(batch)
    }
  }
  const end = events.reduce((last, { at }) => (at > last ? at : last), new Date(0))
  return [...visitors].flatMap(([name, visitor]) => visitor.finish(end).map(({ rule, at, subject }) => `${rule},${at.getTime()},${name},${subject}`)).toSorted()
}

function visitorOf({ who }: CustomerEvent): string {
  return who.kind === 'openid' ? who.openId : ''
}

function createVisitor(rules: readonly Rule[]) {
  const stored = new Map<string, CustomerEvent>()
  const standing = new Map<string, Signal>()
  let memory: Memory = emptyMemory()
  const note = (signals: readonly Signal[]) => signals.forEach((signal) => standing.set(signal.key, signal))

  function recall(before: CustomerEvent): void {
    const from = before.at.getTime() - longestWindowMs(rules)
    const past = { before, signals: [...standing.values()].filter(({ at }) => at.getTime() >= from) }
    const truth = rebuild([...stored.values()].filter(({ at }) => at.getTime() >= from), rules, null, past)
    for (const [key, signal] of standing) if (!isSettled(signal, before, rules)) standing.delete(key)
    memory = truth.memory
    note(truth.signals)
  }

  return {
    take(batch: readonly CustomerEvent[]): void {
      for (const event of batch) stored.set(event.key, event)
      const weighed = weighAll(memory, batch.toSorted(compareMarks), rules)
      memory = weighed.memory
      note(weighed.signals)
      const earliest = weighed.late.toSorted(compareMarks)[0]
      if (earliest) recall(earliest)
    },
    finish(end: Date): readonly Signal[] {
      note(fireTimers(memory, end, rules).signals)
      return [...standing.values()]
    },
  }
}

/** 10 % of the events twice, and everything in another order within five minutes; the same for the same seed. */
export function disturbed(events: readonly CustomerEvent[], seed: number): CustomerEvent[] {
  const random = randomFrom(seed)
  const twice = events.filter(() => random() < 0.1)
  const arrivals = [...events, ...twice].map((event) => ({ event, at: event.at.getTime() + random() * 5 * 60_000 }))
  return arrivals.toSorted((a, b) => a.at - b.at).map(({ event }) => event)
}

/** Mulberry32: small, seeded, good enough to shuffle with. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
