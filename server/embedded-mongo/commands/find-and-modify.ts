import { decodeDoc } from '../bson-read.ts'
import { encodeDoc } from '../bson-write.ts'
import type { Collection } from '../catalog.ts'
import type { Engine } from '../engine.ts'
import type { MatchDetail } from '../matcher.ts'
import { compileProjection } from '../projection.ts'
import type { Match } from '../query.ts'
import { commandVariables } from '../environment.ts'
import { parseUpdate } from '../update-parse.ts'
import type { Doc, Value } from '../values.ts'
import { doc, isDoc, truthy } from '../values.ts'
import { deleteDoc } from '../writes.ts'
import type { Command } from './command.ts'
import { collectionName, dbName } from './command.ts'
import { changeMatch, ensureCollection, findForWrite, refuseMixture, upsertInto } from './writing.ts'

/** `findAndModify`: finds one document by filter and sort, and changes, replaces or removes it in the same transaction. */
export const findAndModify: Command = async ({ engine, sessions }, body) => {
  const [db, name] = [dbName(body), collectionName(body, body.has('findAndModify') ? 'findAndModify' : 'findandmodify')]
  refuseMixture(body)
  return engine.write(() => sessions.once(body, () => {
    const upsert = truthy(body.get('upsert'))
    const collection = upsert ? ensureCollection(engine, db, name) : engine.catalog.find(db, name)
    const match = collection === undefined ? undefined : findForWrite(engine, collection, body, body, 1)[0]
    if (truthy(body.get('remove'))) return removeMatch(engine, collection, match, body)
    return changeOrInsert(engine, collection, match, body)
  }))
}

function removeMatch(engine: Engine, collection: Collection | undefined, match: Match | undefined, body: Doc): Doc {
  if (collection === undefined || match === undefined) return reply(doc({ n: 0 }), null)
  const value = projected(engine, body, match.record, match.detail)
  deleteDoc(engine, collection, match.recordId, match.record)
  return reply(doc({ n: 1 }), value)
}

function changeOrInsert(engine: Engine, collection: Collection | undefined, match: Match | undefined, body: Doc): Doc {
  const parsed = parseUpdate(body.get('update'), body.get('arrayFilters'))
  const wantsNew = truthy(body.get('new'))
  if (collection !== undefined && match !== undefined) {
    const before = wantsNew ? null : projected(engine, body, match.record, match.detail)
    const { after } = changeMatch(engine, collection, match, parsed)
    return reply(doc({ n: 1, updatedExisting: true }), before ?? projected(engine, body, after, match.detail))
  }
  if (collection === undefined || !truthy(body.get('upsert'))) return reply(doc({ n: 0, updatedExisting: false }), null)
  const made = upsertInto(engine, collection, body.get('query'), parsed)
  const status: Doc = new Map<string, Value>([['n', 1], ['updatedExisting', false], ['upserted', made.get('_id') as Value]])
  return reply(status, wantsNew ? projected(engine, body, encodeDoc(made), { position: null }) : null)
}

function projected(engine: Engine, body: Doc, record: Buffer, detail: MatchDetail): Value {
  const fields = body.get('fields')
  if (!isDoc(fields) || fields.size === 0) return record
  const projector = compileProjection(fields, 'find', commandVariables(body, engine.now()))
  return projector.project(decodeDoc(record, projector.fields), detail)
}

function reply(lastErrorObject: Doc, value: Value): Doc {
  return doc({ lastErrorObject, value, ok: 1 })
}
