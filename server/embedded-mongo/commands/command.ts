import { MongoRefusal, notImplemented } from '../errors.ts'
import type { Engine } from '../engine.ts'
import type { Cursors } from '../cursors.ts'
import type { Sessions } from '../sessions.ts'
import type { Workers } from '../workers.ts'
import type { Doc, Value } from '../values.ts'
import { isDoc } from '../values.ts'

/** What commands work with. */
export type Server = {
  engine: Engine
  cursors: Cursors
  sessions: Sessions
  workers: Workers
  /** Name of the one-member replica set. */
  setName: string
}

/** Who asks: `address` is how this connection reaches us, which `hello` repeats. */
export type Connection = { id: number, address: string }

/** Answers one command; a Buffer is a reply that is already encoded. */
export type Command = (server: Server, body: Doc, connection: Connection) => Promise<Doc | Buffer>

/** A command and the options it knows. */
export type CommandEntry = { run: Command, options: readonly string[] }

/** Options that any command may carry. */
const GENERIC = new Set([
  '$db', '$clusterTime', '$readPreference', 'lsid', 'txnNumber', 'comment', 'maxTimeMS', 'readConcern', 'writeConcern',
  'apiVersion', 'apiStrict', 'apiDeprecationErrors', '$audit', '$client', '$configServerState', 'maxTimeMSOpOnly',
])

/** Options of MongoDB's that lie outside the list. */
const REFUSED = new Set([
  'collation', 'startTransaction', 'autocommit', 'min', 'max', 'returnKey', 'showRecordId', 'tailable', 'awaitData',
  'oplogReplay', 'sort', 'validator', 'validationLevel', 'validationAction', 'viewOn', 'pipeline', 'capped', 'size',
  'timeseries', 'expireAfterSeconds', 'clusteredIndex', 'changeStreamPreAndPostImages', 'encryptedFields', 'storageEngine',
  'indexOptionDefaults', 'commitQuorum', 'mapReduce', 'isMapReduceCommand', 'encryptionInformation', 'exchange',
])

/** @throws MongoRefusal NotImplemented for an option outside the list, 40415 for one that nobody knows. */
export function checkOptions(name: string, body: Doc, known: readonly string[]): void {
  const concern = body.get('readConcern')
  if (isDoc(concern) && concern.get('level') === 'snapshot') throw notImplemented('read concern snapshot')
  for (const [option, value] of body) {
    if (option === name || GENERIC.has(option) || known.includes(option) || value === undefined) continue
    if (REFUSED.has(option)) {
      if (option !== 'autocommit' && (value === false || value === null)) continue
      throw notImplemented(`option ${option} of ${name}`)
    }
    throw new MongoRefusal(40415, `BSON field '${name}.${option}' is an unknown field.`)
  }
}

/** The collection a command names. @throws MongoRefusal InvalidNamespace */
export function collectionName(body: Doc, command: string): string {
  const name = body.get(command)
  if (typeof name !== 'string') throw new MongoRefusal(73, `collection name has invalid type`)
  if (name === '' || name.includes('\0') || name.startsWith('.') || name.endsWith('.')) throw new MongoRefusal(73, `Invalid namespace specified '${String(body.get('$db'))}.${name}'`)
  return name
}

export function dbName(body: Doc): string {
  const name = body.get('$db')
  if (typeof name !== 'string' || name === '' || /[\s"$*./\\:|?<>\0]/.test(name)) throw new MongoRefusal(73, `Invalid database name: '${String(name)}'`)
  return name
}

/** Whether a value was given at all. */
export function isGiven(value: Value): boolean {
  return value !== undefined && value !== null
}
