import { closeSync, existsSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCursors } from './cursors.ts'
import { DataDirRefused, markFilled, prepareDataDir, readMarker, socketPathFor } from './data-dir.ts'
import { createEngine } from './engine.ts'
import type { Engine } from './engine.ts'
import { metaKey } from './keyspace.ts'
import { takeLock } from './lock.ts'
import { parseStart, LOCK_HELD, REFUSED } from './start.ts'
import type { Start } from './start.ts'
import { serve } from './serve.ts'
import { createSessions } from './sessions.ts'
import type { Storage } from './storage.ts'
import { DATA_FILE, openStorage } from './storage.ts'
import { sweepExpired } from './ttl.ts'
import { createWorkers } from './workers.ts'

const PATIENCE = { first: 5000, last: 2000 }

/** The engine process: lock, socket, clients; ends when nobody is connected any more. */
async function main(start: Start): Promise<void> {
  const path = prepareDataDir(start.dataDir)
  if (!await takeLock(path)) process.exit(LOCK_HELD)
  const endpoint = start.listen ?? { socketPath: socketPathFor(path) }
  const file = join(path, DATA_FILE)
  const storage = openChecked(path, file, start.fsync)
  const engine = createEngine(storage, () => Date.now())
  const sessions = createSessions(storage, engine.now)
  const cursors = createCursors()
  const workers = createWorkers({ file, fsync: start.fsync })
  if ('socketPath' in endpoint) rmSync(endpoint.socketPath, { force: true })
  const stop = once(async () => {
    clearInterval(sweeping)
    await listening.close()
    await workers.close()
    await engine.close()
    process.exit(0)
  })
  const server = { engine, sessions, cursors, workers, setName: 'embedded' }
  const listening = await serve(server, endpoint, start.stay ? null : PATIENCE, stop)
  writeFileSync(join(path, 'engine.pid'), `${process.pid}\n`, { mode: 0o600 })
  const sweeping = setInterval(() => void sweep(engine, () => {
    cursors.sweep(engine.now())
    return engine.write(() => sessions.sweep())
  }), start.sweepMs)
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  // Whoever launched us may be gone by now; others may have come.
  process.send?.({ ready: true, port: listening.port }, undefined, undefined, () => {})
}

/** What goes wrong in a sweep goes wrong again in the next; it is written down and nothing else stops. */
async function sweep(engine: Engine, rest: () => Promise<void>): Promise<void> {
  for (const step of [() => sweepExpired(engine), rest]) {
    try {
      await step()
    } catch (error) {
      console.error(new Date().toISOString(), 'sweep', error)
    }
  }
}

function once(action: () => Promise<void>): () => void {
  let called = false
  return () => {
    if (!called) void action()
    called = true
  }
}

/** Opens the data and makes sure that it is whole and belongs to this directory. @throws DataDirRefused */
function openChecked(path: string, file: string, fsync: boolean): Storage {
  const marker = readMarker(path)
  const damaged = (what: string, cause?: unknown): DataDirRefused => (
    new DataDirRefused('DATA_DIR_DAMAGED', `the data directory ${path} is damaged: ${what}`, cause)
  )
  const isNew = !existsSync(file) || statSync(file).size === 0
  if (isNew && marker.filled) throw damaged(`its ${DATA_FILE} is missing or empty`)
  const storage = openWhole(file, fsync, damaged)
  const key = metaKey('store', 2)
  const store = storage.get(key)?.toString()
  if (store === undefined && marker.filled) throw damaged(`${DATA_FILE} is not the one its marker was made for`)
  if (store !== undefined && store !== marker.store) throw damaged(`${DATA_FILE} is not the one its marker was made for`)
  if (store === undefined) storage.writeNow(() => storage.put(key, Buffer.from(marker.store)))
  if (!marker.filled) markFilled(path, marker)
  return storage
}

function openWhole(file: string, fsync: boolean, damaged: (what: string, cause?: unknown) => DataDirRefused): Storage {
  if (!looksLikeData(file)) throw damaged(`${DATA_FILE} is something else`)
  try {
    const storage = openStorage(file, fsync)
    if (storage.bytesNeeded() > statSync(file).size) readEverything(storage)
    return storage
  } catch (error) {
    if (error instanceof DataDirRefused) throw error
    throw damaged(`${DATA_FILE} cannot be read (${error instanceof Error ? error.message : 'unknown error'})`, error)
  }
}

/**
 * A commit that fails (disk full) rejects our promise, which is answered, and one inside lmdb that nobody can reach; that
 * one must not end the engine. Anything else that nobody handles is a bug and does.
 */
process.on('unhandledRejection', (reason) => {
  if (!(reason instanceof Error && 'commitError' in reason)) throw reason
})

/** The log lies beside the data: when the disk is full it cannot be written, and that is no reason to stop. */
process.stderr.on('error', () => undefined)

/** LMDB's magic number in the first page; a new file is empty or not there. */
function looksLikeData(file: string): boolean {
  if (!existsSync(file) || statSync(file).size === 0) return true
  const head = Buffer.alloc(28)
  const descriptor = openSync(file, 'r')
  readSync(descriptor, head, 0, head.length, 0)
  closeSync(descriptor)
  return head.readUInt32LE(24) === 0xbeefc0de
}

/**
 * A file shorter than its last page is sound if its last pages are free ones; if not, reading ends this process by
 * SIGBUS here, which the launcher understands, and not in the middle of the day.
 */
function readEverything(storage: Storage): void {
  const to = Buffer.from([0xff])
  for (let from = Buffer.from([0]); ;) {
    const entries = storage.range({ from, to, limit: 1000 })
    const last = entries.at(-1)
    if (last === undefined) return
    from = Buffer.concat([last.key, Buffer.from([0])])
  }
}

main(parseStart(process.argv[2] ?? '')).catch((error: unknown) => {
  console.error(new Date().toISOString(), error)
  const refusal = error instanceof DataDirRefused ? { code: error.code, message: error.message } : null
  const message = error instanceof Error ? error.message : String(error)
  const leave = (): never => process.exit(REFUSED)
  if (process.send === undefined) leave()
  process.send?.(refusal === null ? { failed: message } : { refused: refusal }, undefined, undefined, leave)
})
