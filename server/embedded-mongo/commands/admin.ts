import { ObjectId } from 'bson'
import { MAX_DOC_BYTES } from '../bson-write.ts'
import type { Doc, Value } from '../values.ts'
import { doc } from '../values.ts'
import type { Command } from './command.ts'

/** MongoDB's version whose behaviour is followed, as `buildInfo` tells it. */
export const VERSION = '7.0.0'

/** Wire version of MongoDB 7.0. */
const WIRE_VERSION = 21

const PRIMARY = new ObjectId('7fffffff0000000000000001')

/** `hello`, `isMaster`: the only member of a replica set, and its primary. */
export const hello: Command = async ({ engine, setName }, body, { id, address }) => {
  return doc({
    helloOk: true,
    ...(body.has('hello') ? { isWritablePrimary: true } : { ismaster: true, isWritablePrimary: true }),
    secondary: false,
    hosts: [address],
    setName,
    setVersion: 1,
    me: address,
    primary: address,
    electionId: PRIMARY,
    maxBsonObjectSize: MAX_DOC_BYTES,
    maxMessageSizeBytes: 48000000,
    maxWriteBatchSize: 100000,
    localTime: new Date(engine.now()),
    logicalSessionTimeoutMinutes: 30,
    connectionId: id,
    minWireVersion: 0,
    maxWireVersion: WIRE_VERSION,
    readOnly: false,
    ok: 1,
  })
}

/** `ping`, and session commands that have nothing to do here. */
export const ping: Command = async () => doc({ ok: 1 })

/** `buildInfo`. */
export const buildInfo: Command = async () => doc({
  version: VERSION,
  versionArray: VERSION.split('.').map(Number).concat(0),
  gitVersion: 'embedded',
  modules: [],
  storageEngines: ['lmdb'],
  bits: 64,
  debug: false,
  maxBsonObjectSize: MAX_DOC_BYTES,
  ok: 1,
})

/** `endSessions`. */
export const endSessions: Command = async ({ engine, sessions }, body: Doc) => {
  const ended: Value = body.get('endSessions')
  await engine.write(() => sessions.end(Array.isArray(ended) ? ended : []))
  return doc({ ok: 1 })
}
