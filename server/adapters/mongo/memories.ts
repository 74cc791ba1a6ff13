import { type Connection, Schema } from 'mongoose'
import type { PersonId } from '../../domain/ids.ts'
import type { Memory } from '../../domain/memory.ts'
import type { Memories } from '../../ports/memory.ts'
import { type Change, compareAndSet, type Keyed } from './compare-and-set.ts'
import { guarded } from './guarded.ts'
import { pack, unpack } from './packed.ts'
import { fromPlainRecord } from './plain.ts'
import { machineNow, oneReply, schemaOptions } from './schema.ts'

/**
 * A person's memory as stored; `nextTimerAt` is absent while no timer runs, so that its sparse index stays small. The state
 * is one text (packed.ts); as a document of small lists, `state`, it stays only where it was stored so and has not changed since.
 */
export interface MemoryDocument {
  _id: PersonId
  version: number
  newest: Memory['newest']
  nextTimerAt?: Date
  packed?: string
  state?: Record<string, unknown>
  storedAt: Date
  written: string
}

const memorySchema = new Schema<MemoryDocument>(
  {
    _id: String,
    version: Number,
    newest: { type: { at: Date, key: String }, _id: false },
    nextTimerAt: Date,
    packed: String,
    state: Schema.Types.Mixed,
    storedAt: Date,
    written: String,
  },
  schemaOptions,
)
memorySchema.index({ nextTimerAt: 1 }, { sparse: true })

/** What the rules remember: one document a person, replaced whole by compare-and-set on its version. */
export function mongoMemories({ connection }: { connection: Connection }): Memories {
  const memories = connection.model<MemoryDocument>('Memory', memorySchema, 'memories')
  const stored = connection.collection<MemoryDocument>('memories')
  return guarded<Memories>({
    async load(ids) {
      if (ids.length === 0) return new Map()
      const found = await stored.find({ _id: { $in: [...ids] } }).batchSize(oneReply).toArray()
      return new Map(found.map((document) => [document._id, { version: document.version, memory: toMemory(document) }]))
    },
    async save(list) {
      const written = new Set(await compareAndSet(connection.collection<Keyed>('memories'), list.map(toChange)))
      return list.map(({ id }) => id).filter((id) => !written.has(id))
    },
    async due(now, limit) {
      const due = memories.find({ nextTimerAt: { $lte: now } }, { _id: 1 })
      const found = await due.sort({ nextTimerAt: 1 }).limit(limit).lean()
      return found.map(({ _id }) => _id)
    },
    async drop(ids) {
      await memories.deleteMany({ _id: { $in: [...ids] } })
    },
  })
}

function toChange({ id, version, memory }: { id: PersonId; version: number; memory: Memory }): Change<PersonId> {
  const { newest, nextTimerAt, state } = memory
  return {
    id,
    expected: version === 0 ? null : { version },
    document: {
      version: version + 1,
      newest: newest ? { at: newest.at, key: newest.key } : null,
      ...(nextTimerAt === null ? {} : { nextTimerAt }),
      packed: pack(state),
      storedAt: machineNow(),
    },
  }
}

/** A stored memory in our words. */
export function toMemory({ newest, nextTimerAt, packed, state }: MemoryDocument): Memory {
  return {
    newest: newest ? { at: newest.at, key: newest.key } : null,
    nextTimerAt: nextTimerAt ?? null,
    state: packed === undefined ? fromPlainRecord(state) : (unpack(packed) as Memory['state']),
  }
}
