import { type Connection, type Model, Schema, Types } from 'mongoose'
import type { Live, LiveEvent } from '../../ports/live.ts'
import type { Log } from '../../ports/log.ts'
import { guarded } from './guarded.ts'
import { machineNow, oneReply, schemaOptions } from './schema.ts'

/**
 * What was published together: one write, however many pages hear of a batch. `storedAt` is the server's own time, so
 * that machines whose clocks differ agree on it.
 */
export interface LiveDocument {
  _id: string
  events: readonly Omit<LiveEvent, 'id' | 'storedAt'>[]
  storedAt: Date
}

const keepMinutes = 60
const pollMs = 250
/** A later event may become visible before an earlier one: the last 5 s are read again each time. */
const reReadMs = 5000
/** How long an id is remembered after it was last seen in what is read again. */
const rememberMs = 60_000

const liveSchema = new Schema<LiveDocument>(
  { _id: String, events: { type: [{ staffId: String, kind: String, subject: String, _id: false }] }, storedAt: Date },
  schemaOptions,
)
liveSchema.index({ storedAt: 1 }, { expireAfterSeconds: keepMinutes * 60 })

/**
 * Live updates across processes: a small collection, polled only while somebody listens. What this process publishes
 * reaches its own listeners at once.
 */
export function mongoLive({ connection, log }: { connection: Connection; log: Log }): Live & { close(): void } {
  const live = connection.model<LiveDocument>('LiveEvent', liveSchema, 'live')
  const written = connection.collection<LiveDocument>('live')
  const listeners = new Set<(event: LiveEvent) => void>()
  const known = createRecentIds()
  let newest = new Date(0)
  let listeningSince: Date | null = null
  let timer: NodeJS.Timeout | undefined

  function tell(events: readonly LiveEvent[]): void {
    for (const event of events) for (const listener of listeners) listener(event)
  }

  /** What others published before anybody listened here is only remembered. */
  async function read(): Promise<void> {
    const since = listeningSince
    // What is there already is no news: of it only the last seconds are read, by the server's own time.
    if (since) newest = await newestStored(live)
    const heads = await headsFrom(live, new Date(newest.getTime() - reReadMs))
    const fresh = await readWhole(live, heads.filter(({ _id }) => !known.has(_id)))
    for (const { _id } of heads) known.learn(_id)
    newest = heads.at(-1)?.storedAt ?? newest
    listeningSince = null
    tell((since ? fresh.filter(({ storedAt }) => storedAt >= since) : fresh).flatMap(eventsIn))
  }

  async function poll(): Promise<void> {
    try {
      await read()
    } catch (error) {
      log.warn({ code: error instanceof Error ? error.name : 'unknown' }, 'live events could not be read')
    }
    if (listeners.size > 0) schedule()
    else timer = undefined
  }

  function schedule(): void {
    timer = setTimeout(() => void poll(), pollMs)
    timer.unref()
  }

  function listen(listener: (event: LiveEvent) => void): void {
    listeners.add(listener)
    if (timer) return
    listeningSince = machineNow()
    schedule()
  }

  return {
    ...guarded<Pick<Live, 'publish'>>({
      async publish(events) {
        if (events.length === 0) return
        const storedAt = machineNow()
        const _id = new Types.ObjectId().toHexString()
        const stored = events.map(({ staffId, kind, subject }) => ({ staffId, kind, subject }))
        known.learn(_id)
        // An upsert instead of an insert, because only an update can ask the server for its own time.
        await written.updateOne({ _id }, { $set: { events: stored }, $currentDate: { storedAt: true } }, { upsert: true })
        tell(eventsIn({ _id, events: stored, storedAt }))
      },
    }),
    subscribe(onEvent) {
      const listener = (event: LiveEvent): void => onEvent(event)
      listen(listener)
      return { close: () => void listeners.delete(listener) }
    },
    close() {
      listeners.clear()
      clearTimeout(timer)
      timer = undefined
    },
  }
}

function eventsIn({ _id, events, storedAt }: LiveDocument): readonly LiveEvent[] {
  return events.map(({ staffId, kind, subject }, index) => ({ id: `${_id}-${index}`, staffId, kind, subject, storedAt }))
}

async function newestStored(live: Model<LiveDocument>): Promise<Date> {
  const [last] = await live.find({}, { storedAt: 1 }).sort({ storedAt: -1 }).limit(1).lean()
  return last?.storedAt ?? new Date(0)
}

type Head = Pick<LiveDocument, '_id' | 'storedAt'>

/** Most of what is read again is known, and what this process published always is: only ids and times, at first. */
async function headsFrom(live: Model<LiveDocument>, from: Date): Promise<readonly Head[]> {
  const found = live.find({ storedAt: { $gte: from } }, { storedAt: 1 }).sort({ storedAt: 1, _id: 1 })
  return found.lean<Head[]>().batchSize(oneReply)
}

async function readWhole(live: Model<LiveDocument>, heads: readonly Head[]): Promise<readonly LiveDocument[]> {
  if (heads.length === 0) return []
  return live.find({ _id: { $in: heads.map(({ _id }) => _id) } }).sort({ storedAt: 1, _id: 1 }).lean().batchSize(oneReply)
}

/** Ids seen lately; forgets those not seen for a minute, by a clock that never jumps. */
function createRecentIds(): { has(id: string): boolean; learn(id: string): void } {
  const seenAt = new Map<string, number>()
  return {
    has: (id) => seenAt.has(id),
    learn(id) {
      const now = performance.now()
      seenAt.delete(id)
      seenAt.set(id, now)
      for (const [old, at] of seenAt) {
        if (now - at < rememberMs) break
        seenAt.delete(old)
      }
    },
  }
}
