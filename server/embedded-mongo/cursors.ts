import { randomBytes } from 'node:crypto'
import { MongoRefusal } from './errors.ts'
import type { ReadState } from './reads.ts'
import type { Doc } from './values.ts'

/** An open cursor: the command it came from and how far it has got. No snapshot is held for it. */
export type OpenCursor = { command: Doc, ns: string, state: ReadState, usedAt: number, singleBatch: boolean }

/** The open cursors of all clients. */
export type Cursors = {
  open(cursor: OpenCursor): bigint
  /** @throws MongoRefusal CursorNotFound */
  get(id: bigint): OpenCursor
  close(id: bigint): boolean
  /** Forgets cursors that nobody has asked for ten minutes. */
  sweep(now: number): void
}

const IDLE_MS = 10 * 60 * 1000

export function createCursors(): Cursors {
  const byId = new Map<bigint, OpenCursor>()
  return {
    open(cursor) {
      const id = randomBytes(8).readBigUInt64BE() >> 1n
      byId.set(id, cursor)
      return id
    },
    get(id) {
      const cursor = byId.get(id)
      if (cursor === undefined) throw new MongoRefusal(43, `cursor id ${id} not found`)
      return cursor
    },
    close: (id) => byId.delete(id),
    sweep(now) {
      for (const [id, { usedAt }] of byId) if (now - usedAt > IDLE_MS) byId.delete(id)
    },
  }
}
