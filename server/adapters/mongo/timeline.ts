import { type Connection, type Model, Schema } from 'mongoose'
import type { CustomerEvent, EventBody, EventKind, EvidenceSource } from '../../domain/event.ts'
import { compareMarks } from '../../domain/event-order.ts'
import { type IdentityKey, identityKey, parseIdentityKey } from '../../domain/ids.ts'
import type { Timeline } from '../../ports/timeline.ts'
import { guarded } from './guarded.ts'
import { fromPlainRecord, toPlainRecord } from './plain.ts'
import { machineNow, oneReply, schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

/** An event as stored: `_id` is its key; `body` is everything that depends on the kind. */
export interface TimelineDocument {
  _id: string
  identity: IdentityKey
  at: Date
  kind: EventKind
  source: EvidenceSource
  body: Record<string, unknown>
  storedAt: Date
}

const timelineSchema = new Schema<TimelineDocument>(
  {
    _id: String,
    identity: String,
    at: Date,
    kind: String,
    source: String,
    body: Schema.Types.Mixed,
    storedAt: Date,
  },
  schemaOptions,
)
timelineSchema.index({ identity: 1, at: -1, _id: -1 })
// For what has had its time (retention.ts).
timelineSchema.index({ kind: 1, at: 1 })

/** Everything from every source, one document an event, for ever. */
export function mongoTimeline({ connection }: { connection: Connection }): Timeline {
  const events = connection.model<TimelineDocument>('TimelineEvent', timelineSchema, 'timeline')
  return guarded<Timeline>({
    async add(list) {
      const seen = await insertNew(connection.collection<TimelineDocument>('timeline'), list.map(toDocument))
      return list.map((_, index) => (seen.has(index) ? 'seen' : 'stored'))
    },
    async known(keys) {
      const found = await events.find({ _id: { $in: [...keys] } }, { _id: 1 }).lean()
      return new Set(found.map(({ _id }) => _id))
    },
    of: (identities, page) => pageOf(events, identities, page),
    latest: (lists, page) => latestOf(events, lists, page),
    async between(identities, from, to, kinds) {
      if (identities.length === 0) return []
      const filter = { identity: { $in: [...identities] }, at: { $gte: from, $lte: to } }
      const found = await events.find(kinds ? { ...filter, kind: { $in: [...kinds] } } : filter).lean().batchSize(oneReply)
      return found.map(toEvent).toSorted(compareMarks)
    },
    async byKeys(keys) {
      const found = await events.find({ _id: { $in: [...keys] } }).lean().batchSize(oneReply)
      return found.map(toEvent).toSorted(compareMarks)
    },
  })
}

/**
 * One query an identity, so that each follows its index and reads no more than one page, however long the history.
 * A page never ends inside one moment: `before` is exclusive, so what shares the last `at` comes along.
 */
async function pageOf(
  events: Model<TimelineDocument>,
  identities: readonly IdentityKey[],
  { before, limit }: { before?: Date; limit: number },
): Promise<readonly CustomerEvent[]> {
  const newest = (identity: IdentityKey) =>
    events
      .find(before ? { identity, at: { $lt: before } } : { identity })
      .sort({ at: -1, _id: -1 })
      .limit(limit)
      .lean()
  const found = (await Promise.all(identities.map(newest))).flat().map(toEvent).toSorted(compareMarks).toReversed()
  const last = found[limit - 1]
  if (!last) return found
  const sameMoment = await events.find({ identity: { $in: [...identities] }, at: last.at }).lean()
  const later = found.filter(({ at }) => at > last.at)
  return [...later, ...sameMoment.map(toEvent).toSorted(compareMarks).toReversed()]
}

/**
 * All with one query, which reads no more than a page of each identity would: if somebody's history fills it, whoever
 * comes after them in the order of the index is asked about alone.
 */
async function latestOf(
  events: Model<TimelineDocument>,
  lists: readonly (readonly IdentityKey[])[],
  { from, limit }: { from: Date; limit: number },
): Promise<readonly (readonly CustomerEvent[])[]> {
  const identities = [...new Set(lists.flat())]
  if (identities.length === 0) return lists.map(() => [])
  const most = limit * identities.length
  const about = events.find({ identity: { $in: identities }, at: { $gte: from } })
  const found = await about.sort({ identity: 1, at: -1, _id: -1 }).limit(most).lean().batchSize(oneReply)
  const own = new Map<IdentityKey, CustomerEvent[]>(found.map(({ identity }) => [identity, []]))
  for (const document of found) own.get(document.identity)?.push(toEvent(document))
  const last = found.length < most ? null : found.at(-1)?.identity
  const isWhole = (identity: IdentityKey) => last === null || (identity !== last && own.has(identity))
  const pages = lists.map(async (list) => {
    const isRead = list.every(isWhole)
    const newest = isRead ? list.flatMap((identity) => own.get(identity) ?? []).toSorted(compareMarks).toReversed() : await pageOf(events, list, { limit })
    const end = isRead ? (newest[limit - 1]?.at ?? from) : from
    return newest.filter(({ at }) => at >= end && at >= from)
  })
  return Promise.all(pages)
}

function toDocument({ key, at, who, source, ...body }: CustomerEvent): TimelineDocument {
  const identity = identityKey(who)
  return { _id: key, identity, at, kind: body.kind, source, body: toPlainRecord(body), storedAt: machineNow() }
}

/** `body` was an EventBody when we wrote it. */
export function toEvent({ _id, identity, at, source, body }: TimelineDocument): CustomerEvent {
  const told = fromPlainRecord(body) as EventBody
  return { key: _id, at, who: parseIdentityKey(identity), source, ...told }
}
