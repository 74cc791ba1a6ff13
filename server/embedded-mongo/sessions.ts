import { Binary } from 'bson'
import { decodeDoc } from './bson-read.ts'
import { encodeDoc } from './bson-write.ts'
import { MongoRefusal, notImplemented } from './errors.ts'
import { metaKey } from './keyspace.ts'
import type { Storage } from './storage.ts'
import { after } from './storage.ts'
import type { Doc, Value } from './values.ts'
import { doc, isDoc, isNumeric, toNumber } from './values.ts'

/**
 * Retryable writes: the last reply of each session is kept in the same transaction as the write itself, so that a write
 * sent again, even after the engine was killed, is answered and not done twice.
 */
export type Sessions = {
  /** Inside a write: the kept reply of the very same write, or what `run` gives. */
  once(command: Doc, run: () => Doc): Doc | Buffer
  /** Inside a write: forgets sessions that ended or were silent for half an hour. */
  end(lsids: Value[]): void
  sweep(): void
}

const SILENT_MS = 30 * 60 * 1000

export function createSessions(storage: Storage, now: () => number): Sessions {
  return {
    once(command, run) {
      const number = command.get('txnNumber')
      const id = sessionId(command.get('lsid'))
      if (command.has('startTransaction') || command.has('autocommit')) throw notImplemented('a multi-document transaction')
      if (!isNumeric(number) || id === null) return run()
      const key = metaKey('session', id)
      const kept = storage.get(key)
      const last = kept === undefined ? null : decodeDoc(kept)
      const order = last === null ? 1 : toNumber(number) - toNumber(last.get('txnNumber') as bigint)
      if (order < 0) throw new MongoRefusal(225, `Cannot start transaction ${toNumber(number)} on session because a newer transaction has already started`)
      if (order === 0 && last !== null) return Buffer.from((last.get('reply') as Binary).value())
      const reply = run()
      storage.put(key, encodeDoc(doc({ txnNumber: number, at: new Date(now()), reply: new Binary(encodeDoc(reply), 0) })))
      return reply
    },
    end(lsids) {
      for (const lsid of lsids) {
        const id = sessionId(lsid)
        if (id !== null) storage.remove(metaKey('session', id))
      }
    },
    sweep() {
      const prefix = metaKey('session', Buffer.alloc(0))
      for (const { key, value } of storage.range({ from: prefix, to: after(prefix) })) {
        const at = decodeDoc(value, new Set(['at'])).get('at')
        if (!(at instanceof Date) || now() - at.getTime() > SILENT_MS) storage.remove(key)
      }
    },
  }
}

function sessionId(lsid: Value): Buffer | null {
  const id = isDoc(lsid) ? lsid.get('id') : undefined
  return id instanceof Binary ? Buffer.from(id.value()) : null
}
