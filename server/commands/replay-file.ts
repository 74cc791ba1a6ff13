import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'
import { z } from 'zod'

/** One row of an event file, as the beacon will hear it. */
export interface ReplayRow {
  /** Row number in the file, from 1: the event's id. */
  id: string
  /** Unix ms. */
  at: number
  visitor: string
  kind: string
  item: string
  category: string | null
  isBot: boolean
}

/** Their names for what happened -> the beacon's. */
const kinds: Readonly<Record<string, string>> = {
  product_view: 'view-item',
  add_to_cart: 'add-to-cart',
  favourite: 'favourite-item',
  purchase: 'order',
  article_read: 'view-page',
}

const row = z.object({
  ts_ms: z.string().regex(/^\d{10,16}$/),
  visitor: z.string().min(1).max(128),
  event: z.string().refine((name) => Object.hasOwn(kinds, name), 'is no kind of event that replay knows'),
  item: z.string().min(1),
  category: z.string().min(1).optional(),
  is_bot: z.enum(['0', '1']).optional(),
})

/** Reads `ts_ms,visitor,event,item[,category][,…,is_bot]`, gzipped or not. @throws Error naming the row and the rule, or of the file */
export async function readReplayFile(path: string): Promise<ReplayRow[]> {
  const file = createReadStream(path)
  const records = parse({ columns: true, skip_empty_lines: true })
  // What goes wrong in any of them ends the reading of the last.
  if (path.endsWith('.gz')) pipeline(file, createGunzip(), records, () => {})
  else pipeline(file, records, () => {})
  const rows: ReplayRow[] = []
  for await (const record of records) {
    const number = rows.length + 1
    const result = row.safeParse(record)
    if (!result.success) {
      const [issue] = result.error.issues
      throw new Error(`row ${number}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is wrong'}`)
    }
    const { ts_ms, visitor, event, item, category = null, is_bot } = result.data
    rows.push({ id: String(number), at: Number(ts_ms), visitor, kind: kinds[event] as string, item, category, isBot: is_bot === '1' })
  }
  return rows
}

/** Rows that travel together; the clock follows their times. */
export type Batch = readonly ReplayRow[]

/** Cuts the file into batches of at most so many rows and so long a time. */
export function batchesOf(rows: readonly ReplayRow[], mostRows: number, spanMs: number): Batch[] {
  const batches: ReplayRow[][] = []
  for (const one of rows) {
    const last = batches.at(-1)
    const fits = last && last.length < mostRows && one.at - (last[0]?.at ?? 0) <= spanMs
    if (fits) last.push(one)
    else batches.push([one])
  }
  return batches
}

/** A generator of repeatable random numbers in [0, 1) (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A share of the rows once more, each some batches later; batches in another order within `withinMs`. */
export function disturbed(batches: readonly Batch[], how: { resend: number; withinMs: number; random: () => number }): Batch[] {
  const { resend, withinMs, random } = how
  const again = batches.map((batch) => batch.filter(() => random() < resend)).filter((batch) => batch.length > 0)
  const arrival = (batch: Batch, late: number) => ({ batch, at: (batch[0]?.at ?? 0) + random() * withinMs + late })
  const all = [...batches.map((batch) => arrival(batch, 0)), ...again.map((batch) => arrival(batch, random() * 60_000))]
  return all.toSorted((a, b) => a.at - b.at).map(({ batch }) => batch)
}

/** Rounds of one to many batches, five on average: sometimes the worker is there at once, sometimes much has come. */
export function roundsOf(batches: readonly Batch[], random: () => number): Batch[][] {
  const rounds: Batch[][] = [[]]
  for (const batch of batches) {
    rounds.at(-1)?.push(batch)
    if (random() < 0.2) rounds.push([])
  }
  return rounds
}
