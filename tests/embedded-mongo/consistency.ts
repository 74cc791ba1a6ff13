import { decodeDoc } from '../../server/embedded-mongo/bson-read.ts'
import type { Collection } from '../../server/embedded-mongo/catalog.ts'
import { docKeys, storedKey } from '../../server/embedded-mongo/index-keys.ts'
import { indexPrefix, readRecordId, recordIdBytes, recordPrefix } from '../../server/embedded-mongo/keyspace.ts'
import type { Storage } from '../../server/embedded-mongo/storage.ts'
import { after } from '../../server/embedded-mongo/storage.ts'

/** What does not agree between the records and the indexes of a collection, and its count: nothing, if all is well. */
export function problemsIn(storage: Storage, collection: Collection): string[] {
  const prefix = recordPrefix(collection.id)
  const records = storage.range({ from: prefix, to: after(prefix) })
  const problems = records.length === collection.count ? [] : [`count is ${collection.count}, records are ${records.length}`]
  for (const index of collection.indexes) {
    const expected = new Set<string>()
    for (const { key, value } of records) {
      const doc = decodeDoc(value)
      if (index.partial !== null && !index.partial.matches(doc)) continue
      const id = recordIdBytes(readRecordId(key))
      for (const own of docKeys(doc, index.pattern).keys) {
        if (index.sparse && !own.present) continue
        expected.add(Buffer.concat([indexPrefix(index.id), storedKey(own.bytes).key, id]).toString('hex'))
      }
    }
    const entries = indexPrefix(index.id)
    for (const { key, value } of storage.range({ from: entries, to: after(entries) })) {
      const found = (index.unique ? Buffer.concat([key, value]) : key).toString('hex')
      if (!expected.delete(found)) problems.push(`${index.name}: entry without record`)
    }
    for (const missing of expected) problems.push(`${index.name}: record without entry ${missing}`)
  }
  return problems
}
