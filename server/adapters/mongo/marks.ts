import { type Connection, Schema } from 'mongoose'
import type { Fingerprint, Mark, Silence } from '../../domain/recording.ts'
import type { Marks } from '../../ports/privacy.ts'
import { type Change, compareAndSet, type Keyed } from './compare-and-set.ts'
import { guarded } from './guarded.ts'
import { oneReply, schemaOptions } from './schema.ts'

/** A mark under its fingerprint; `version` for its compare-and-set. Nothing in it names anybody. */
export interface MarkDocument extends Omit<Mark, 'print'> {
  _id: Fingerprint
  version: number
  written: string
}

const silenceSchema = new Schema<Silence>({ why: String, from: Date, to: Date, asked: Date }, { ...schemaOptions, _id: false })
const markSchema = new Schema<MarkDocument>(
  { _id: String, group: String, silences: [silenceSchema], version: Number, written: String },
  schemaOptions,
)
markSchema.index({ group: 1 })

/** Who paused or was erased: keyed hashes, kept for ever. */
export function mongoMarks({ connection }: { connection: Connection }): Marks {
  const marks = connection.model<MarkDocument>('PrivacyMark', markSchema, 'privacyMarks')
  const stored = connection.collection<MarkDocument>('privacyMarks')

  async function read(prints: readonly Fingerprint[]): Promise<ReadonlyMap<Fingerprint, MarkDocument>> {
    if (prints.length === 0) return new Map()
    const found = await stored.find({ _id: { $in: [...prints] } }).batchSize(oneReply).toArray()
    return new Map(found.map((document) => [document._id, document]))
  }

  return guarded<Marks>({
    async find(prints) {
      return new Map([...(await read(prints))].map(([print, document]) => [print, toMark(document)]))
    },
    async ofGroup(group) {
      return (await marks.find({ group }).lean()).map(toMark)
    },
    async change(prints, next) {
      for (let open = [...new Set(prints)]; open.length > 0; ) {
        const known = await read(open)
        const changes = open.flatMap((print) => toChange(print, known.get(print), next))
        const written = new Set(await compareAndSet(connection.collection<Keyed>('privacyMarks'), changes))
        open = changes.map(({ id }) => id).filter((id) => !written.has(id))
      }
    },
  })
}

function toChange(print: Fingerprint, known: MarkDocument | undefined, next: Parameters<Marks['change']>[1]): Change<Fingerprint>[] {
  const mark = next(known ? toMark(known) : null, print)
  if (!mark) return []
  const { group, silences } = mark
  const version = known?.version ?? 0
  return [{ id: print, expected: known ? { version } : null, document: { group, silences, version: version + 1 } }]
}

function toMark({ _id, group, silences }: MarkDocument): Mark {
  return { print: _id, group, silences: silences.map(({ why, from, to, asked }) => ({ why, from, to: to ?? null, asked })) }
}
