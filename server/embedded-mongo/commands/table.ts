import { MongoRefusal, notImplemented } from '../errors.ts'
import { buildInfo, endSessions, hello, ping } from './admin.ts'
import { create, drop, dropDatabase, listCollections, listDatabases } from './collections.ts'
import type { CommandEntry } from './command.ts'
import { findAndModify } from './find-and-modify.ts'
import { createIndexes, dropIndexes, listIndexes } from './indexes.ts'
import { aggregate, count, distinct, explain, find, getMore, killCursors } from './reading.ts'
import { insert, remove, update } from './writing.ts'

const HELLO = ['helloOk', 'client', 'compression', 'loadBalanced', 'saslSupportedMechs', 'speculativeAuthenticate', 'topologyVersion', 'maxAwaitTimeMS', 'backpressure', 'hello', 'isMaster', 'ismaster', 'forShell']
const FIND_AND_MODIFY = ['query', 'sort', 'remove', 'update', 'new', 'fields', 'upsert', 'arrayFilters', 'hint', 'let', 'bypassDocumentValidation']

/** Every command there is, with the options it takes. */
const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  hello: { run: hello, options: HELLO },
  isMaster: { run: hello, options: HELLO },
  ismaster: { run: hello, options: HELLO },
  ping: { run: ping, options: [] },
  buildInfo: { run: buildInfo, options: [] },
  buildinfo: { run: buildInfo, options: [] },
  endSessions: { run: endSessions, options: [] },
  refreshSessions: { run: ping, options: [] },
  insert: { run: insert, options: ['documents', 'ordered', 'bypassDocumentValidation'] },
  update: { run: update, options: ['updates', 'ordered', 'let', 'bypassDocumentValidation'] },
  delete: { run: remove, options: ['deletes', 'ordered', 'let'] },
  findAndModify: { run: findAndModify, options: FIND_AND_MODIFY },
  findandmodify: { run: findAndModify, options: FIND_AND_MODIFY },
  find: {
    run: find,
    options: ['filter', 'sort', 'projection', 'hint', 'skip', 'limit', 'batchSize', 'singleBatch', 'allowDiskUse', 'let', 'noCursorTimeout', 'allowPartialResults'],
  },
  getMore: { run: getMore, options: ['collection', 'batchSize'] },
  killCursors: { run: killCursors, options: ['cursors'] },
  aggregate: { run: aggregate, options: ['pipeline', 'cursor', 'explain', 'allowDiskUse', 'hint', 'let', 'bypassDocumentValidation'] },
  count: { run: count, options: ['query', 'limit', 'skip', 'hint', 'fields'] },
  distinct: { run: distinct, options: ['key', 'query', 'hint'] },
  explain: { run: explain, options: ['verbosity'] },
  createIndexes: { run: createIndexes, options: ['indexes'] },
  listIndexes: { run: listIndexes, options: ['cursor'] },
  dropIndexes: { run: dropIndexes, options: ['index'] },
  create: { run: create, options: ['autoIndexId', 'idIndex'] },
  drop: { run: drop, options: [] },
  dropDatabase: { run: dropDatabase, options: [] },
  listCollections: { run: listCollections, options: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'] },
  listDatabases: { run: listDatabases, options: ['filter', 'nameOnly', 'authorizedDatabases'] },
}

/** Commands of MongoDB's that lie outside the list: refused by name. */
const OUTSIDE = new Set([
  'abortTransaction', 'bulkWrite', 'collMod', 'collStats', 'commitTransaction', 'compact', 'configureFailPoint', 'connectionStatus',
  'convertToCapped', 'currentOp', 'dataSize', 'dbHash', 'dbStats', 'fsync', 'geoNear', 'getCmdLineOpts', 'getLog', 'getParameter',
  'hostInfo', 'killAllSessions', 'killOp', 'killSessions', 'listCommands', 'mapReduce', 'profile', 'reIndex', 'renameCollection',
  'replSetGetStatus', 'serverStatus', 'setParameter', 'shutdown', 'startSession', 'top', 'validate', 'whatsmyuri', 'createSearchIndexes',
  'createUser', 'usersInfo', 'saslStart', 'saslContinue', 'authenticate', 'logout', 'dropUser', 'createRole', 'rolesInfo',
])

/** @throws MongoRefusal NotImplemented for MongoDB's other commands, CommandNotFound for what is no command. */
export function commandNamed(name: string): CommandEntry {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (entry !== undefined) return entry
  if (OUTSIDE.has(name)) throw notImplemented(`command ${name}`)
  throw new MongoRefusal(59, `no such command: '${name}'`)
}
