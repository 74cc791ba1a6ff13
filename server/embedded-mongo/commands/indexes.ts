import type { Collection, Index } from '../catalog.ts'
import { readIndex } from '../catalog.ts'
import type { Engine } from '../engine.ts'
import { badValue, MongoRefusal, notImplemented, typeMismatch } from '../errors.ts'
import { patternDoc } from '../index-keys.ts'
import { indexPrefix } from '../keyspace.ts'
import { compare, equal } from '../order.ts'
import { cursorReply } from '../reads.ts'
import { encodeDoc } from '../bson-write.ts'
import { scan } from '../scan.ts'
import { parseFilter } from '../filter.ts'
import type { Doc, Value } from '../values.ts'
import { doc, isDoc, isNumeric, toNumber, truthy } from '../values.ts'
import { buildIndex } from '../writes.ts'
import { removeAll, unlimited } from './collections.ts'
import type { Command } from './command.ts'
import { collectionName, dbName } from './command.ts'
import { ensureCollection } from './writing.ts'

const KNOWN = new Set(['v', 'key', 'name', 'unique', 'sparse', 'partialFilterExpression', 'expireAfterSeconds', 'background', 'ns', 'dropDups'])
const REFUSED = new Set([
  'collation', 'weights', 'default_language', 'language_override', 'textIndexVersion', '2dsphereIndexVersion', 'bits', 'min',
  'max', 'bucketSize', 'wildcardProjection', 'hidden', 'storageEngine', 'prepareUnique', 'clustered',
])

/** `createIndexes`. */
export const createIndexes: Command = async ({ engine }, body) => {
  const [db, name] = [dbName(body), collectionName(body, 'createIndexes')]
  const given = body.get('indexes')
  if (!Array.isArray(given) || given.length === 0) throw badValue('Must specify at least one index to create')
  const specs = given.map(checkSpec)
  return engine.write(() => {
    const created = engine.catalog.find(db, name) === undefined
    const collection = ensureCollection(engine, db, name)
    const before = collection.indexes.length
    const wanted = specs.filter((spec) => !isThere(collection, spec))
    buildAll(engine, collection, wanted)
    const note = wanted.length === 0 ? { note: 'all indexes already exist' } : {}
    return doc({ numIndexesBefore: before, numIndexesAfter: collection.indexes.length, createdCollectionAutomatically: created, ...note, ok: 1 })
  })
}

/** All or none: a refused build takes back what it has written. */
function buildAll(engine: Engine, collection: Collection, specs: Doc[]): void {
  const made: Index[] = []
  try {
    for (const spec of specs) {
      const index = readIndex(engine.catalog.nextIndexId(), spec)
      made.push(index)
      const source = { storage: engine.storage, collection, budget: unlimited() }
      buildIndex(engine, collection, index, scan(source, { kind: 'collection', reverse: false }, { branch: 0, last: [] }))
    }
  } catch (error) {
    for (const index of made) removeAll(engine, indexPrefix(index.id))
    throw error
  }
  engine.catalog.addIndexes(collection, made)
}

function checkSpec(spec: Value): Doc {
  if (!isDoc(spec)) throw typeMismatch("The elements of the 'indexes' array must be objects")
  const key = spec.get('key')
  if (!isDoc(key) || key.size === 0) throw new MongoRefusal(67, 'Index keys cannot be an empty object')
  for (const [path, order] of key) checkKeyField(path, order)
  for (const [option, value] of spec) {
    if (REFUSED.has(option) && value !== false) throw notImplemented(`index option ${option}`)
    if (!KNOWN.has(option) && !REFUSED.has(option)) {
      throw new MongoRefusal(197, `Error in specification { key: ... } :: caused by :: The field '${option}' is not valid for an index specification.`)
    }
  }
  const name = spec.get('name')
  if (typeof name !== 'string' || name === '') throw new MongoRefusal(9, "The 'name' field is a required property of an index specification")
  return storedSpec(spec, key, name)
}

function checkKeyField(path: string, order: Value): void {
  if (path.startsWith('$') || path.includes('$**')) throw notImplemented(`an index on ${path}`)
  if (path === '' || path.split('.').includes('')) throw new MongoRefusal(67, 'Index keys cannot contain an empty field.')
  if (typeof order === 'string') throw notImplemented(`index type ${order}`)
  if (!isNumeric(order)) throw new MongoRefusal(67, 'Values in the index key pattern must be a number or a string')
  if (toNumber(order) === 0 || Number.isNaN(toNumber(order))) throw new MongoRefusal(67, 'Values in the index key pattern cannot be 0.')
}

function storedSpec(spec: Doc, key: Doc, name: string): Doc {
  const out: Doc = new Map<string, Value>([['v', 2], ['key', key], ['name', name]])
  const partial = spec.get('partialFilterExpression')
  const seconds = spec.get('expireAfterSeconds')
  if (truthy(spec.get('unique'))) out.set('unique', true)
  if (spec.has('background')) out.set('background', spec.get('background') as Value)
  if (truthy(spec.get('sparse'))) out.set('sparse', true)
  if (partial !== undefined) {
    if (!isDoc(partial)) throw new MongoRefusal(67, "'partialFilterExpression' for an index must be an object")
    parseFilter(partial)
    if (out.has('sparse')) throw new MongoRefusal(67, "cannot mix 'partialFilterExpression' and 'sparse' options")
    out.set('partialFilterExpression', partial)
  }
  if (seconds !== undefined) {
    if (!isNumeric(seconds) || toNumber(seconds) < 0) throw new MongoRefusal(67, "TTL index 'expireAfterSeconds' option must be numeric and within an acceptable range")
    if (key.size !== 1) throw new MongoRefusal(67, 'TTL indexes are single-field indexes, compound indexes do not support TTL.')
    if (key.has('_id')) throw new MongoRefusal(197, "The field 'expireAfterSeconds' is not valid for an _id index specification.")
    out.set('expireAfterSeconds', seconds)
  }
  return out
}

/** Whether exactly this index exists. @throws MongoRefusal IndexOptionsConflict, IndexKeySpecsConflict */
function isThere(collection: Collection, spec: Doc): boolean {
  const name = String(spec.get('name'))
  const key = spec.get('key') as Doc
  if (key.size === 1 && key.has('_id')) return true
  const sameName = collection.indexes.find((index) => index.name === name)
  const sameKey = collection.indexes.find((index) => (
    compare(patternDoc(index.pattern), directions(key)) === 0
    && equal(index.spec.get('partialFilterExpression') ?? null, spec.get('partialFilterExpression') ?? null)
  ))
  if (sameName !== undefined && sameName !== sameKey) {
    throw new MongoRefusal(86, `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${name}`)
  }
  if (sameKey === undefined) return false
  if (sameName === undefined) throw new MongoRefusal(85, `Index already exists with a different name: ${sameKey.name}`)
  if (!sameOptions(sameKey.spec, spec)) {
    throw new MongoRefusal(85, `An equivalent index already exists with the same name but different options. Requested index: ${name}`)
  }
  return true
}

function directions(key: Doc): Doc {
  return new Map([...key].map(([path, order]) => [path, isNumeric(order) && toNumber(order) < 0 ? -1 : 1]))
}

function sameOptions(a: Doc, b: Doc): boolean {
  return ['unique', 'sparse', 'expireAfterSeconds'].every((option) => equal(a.get(option) ?? false, b.get(option) ?? false))
}

/** `listIndexes`. */
export const listIndexes: Command = async ({ engine }, body) => {
  const [db, name] = [dbName(body), collectionName(body, 'listIndexes')]
  const collection = engine.catalog.find(db, name)
  if (collection === undefined) throw new MongoRefusal(26, `ns does not exist: ${db}.${name}`)
  return cursorReply(0n, `${db}.${name}`, 'firstBatch', collection.indexes.map(({ spec }) => encodeDoc(spec)))
}

/** `dropIndexes`: by name, by key, several names, or `*` for all but `_id_`. */
export const dropIndexes: Command = async ({ engine }, body) => {
  const [db, name] = [dbName(body), collectionName(body, 'dropIndexes')]
  return engine.write(() => {
    const collection = engine.catalog.find(db, name)
    if (collection === undefined) throw new MongoRefusal(26, `ns not found ${db}.${name}`)
    const nIndexesWas = collection.indexes.length
    for (const index of namedIndexes(collection, body.get('index'))) {
      removeAll(engine, indexPrefix(index.id))
      collection.indexes = collection.indexes.filter((other) => other !== index)
    }
    engine.catalog.save(collection)
    return doc({ nIndexesWas, ok: 1 })
  })
}

function namedIndexes(collection: Collection, wanted: Value): Index[] {
  if (wanted === '*') return collection.indexes.filter(({ name }) => name !== '_id_')
  if (Array.isArray(wanted)) return wanted.flatMap((each) => namedIndexes(collection, each))
  const found = collection.indexes.find(({ name, pattern }) => (
    isDoc(wanted) ? compare(patternDoc(pattern), directions(wanted)) === 0 : name === wanted
  ))
  if (found === undefined) throw new MongoRefusal(27, isDoc(wanted) ? `can't find index with key` : `index not found with name [${String(wanted)}]`)
  if (found.name === '_id_') throw new MongoRefusal(72, 'cannot drop _id index')
  return [found]
}
