import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync, statSync, truncateSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { DataDirRefused, prepareDataDir, socketPathFor } from './data-dir.ts'
import type { RefusalCode } from './data-dir.ts'
import { LOCK_HELD } from './start.ts'
import type { Report, Start } from './start.ts'

export { DataDirRefused } from './data-dir.ts'

/**
 * How to start the embedded store. `fsync` off is for tests; `sweepMs` is the time between sweeps of expired documents. `onLost` hears of each failed attempt to start a lost
 * engine again; the next follows a second later.
 */
export type LaunchOptions = { dataDir: string, fsync?: boolean, maxOldSpaceMb?: number, sweepMs?: number, onLost?: (error: unknown) => void }

/**
 * A store to connect to. The URI asks the driver to look twice a second, so that it soon knows of a lost engine; a write
 * that meets the gap may still end in a MongoNetworkError or EPIPE, since the driver does not repeat refused connects.
 * `close` lets go of it; the engine ends 2 s after its last client has gone.
 */
export type EmbeddedMongo = { uri: string, close(): Promise<void> }

/** The engine could not be started; the message says why, as far as the engine did. */
export class EngineFailed extends Error {
  readonly code = 'ENGINE_FAILED'
}

const START_WITHIN_MS = 20000
const LOG_BYTES = 1024 * 1024
const MOST_FAILURES = 3

/**
 * Makes sure that one engine serves the directory and gives its URI. Any number of processes may do so at once: the first
 * starts the engine, all share it, and whoever notices that it is lost starts it again.
 * @throws DataDirRefused for a foreign, damaged or unwritable directory; EngineFailed when the engine does not come up.
 */
export async function launchEmbeddedMongo(options: LaunchOptions): Promise<EmbeddedMongo> {
  const path = prepareDataDir(options.dataDir)
  const socketPath = socketPathFor(path)
  let closed = false
  let keeper = await reach(path, socketPath, options, () => closed)
  const keep = (socket: Socket): void => {
    keeper = socket
    socket.once('close', () => void (closed ? null : regain()))
  }
  const regain = async (): Promise<void> => {
    while (!closed) {
      try {
        const socket = await reach(path, socketPath, options, () => closed)
        if (closed) socket.destroy()
        else keep(socket)
        return
      } catch (error) {
        options.onLost?.(error)
        await pause(1000, undefined, { ref: false })
      }
    }
  }
  keep(keeper)
  return {
    uri: `mongodb://${encodeURIComponent(socketPath)}/?directConnection=true&heartbeatFrequencyMS=500`,
    async close() {
      closed = true
      keeper.destroy()
    },
  }
}

/** A connection that keeps the engine alive and tells when it dies; the engine is started if need be. */
async function reach(path: string, socketPath: string, options: LaunchOptions, givenUp: () => boolean): Promise<Socket> {
  const end = Date.now() + START_WITHIN_MS
  for (let failures = 0; !givenUp();) {
    const socket = await tryConnect(socketPath)
    if (socket !== null) return socket
    const outcome = await startEngine(path, { dataDir: path, ...startOptions(options) }, options.maxOldSpaceMb)
    if (outcome.kind === 'refused') throw new DataDirRefused(outcome.code, outcome.message)
    if (outcome.kind === 'failed' && ++failures >= MOST_FAILURES) throw outcome.crashed ? unreadable(path) : new EngineFailed(`the embedded store does not start: ${outcome.message} (see engine.log in its data directory)`)
    if (Date.now() > end) throw new EngineFailed('the embedded store does not start in time (see engine.log in its data directory)')
    if (outcome.kind === 'failed') await pause(100)
    if (outcome.kind === 'held') await someoneElse(socketPath)
  }
  throw new EngineFailed('the embedded store was closed')
}

/** Another engine holds the lock: it is about to listen, or about to end. */
async function someoneElse(socketPath: string): Promise<void> {
  for (let look = 0; look < 30; look++) {
    const socket = await tryConnect(socketPath)
    socket?.destroy()
    if (socket !== null) return
    await pause(30)
  }
}

function startOptions({ fsync, sweepMs }: LaunchOptions): Partial<Start> {
  return { ...(fsync === undefined ? {} : { fsync }), ...(sweepMs === undefined ? {} : { sweepMs }) }
}

function tryConnect(socketPath: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect({ path: socketPath })
    socket.once('error', () => resolve(null))
    socket.once('connect', () => {
      socket.unref()
      socket.on('error', () => socket.destroy())
      socket.resume()
      resolve(socket)
    })
  })
}

type Outcome =
  | { kind: 'ready', port: number | null, child: ChildProcess }
  | { kind: 'held' }
  | { kind: 'refused', code: RefusalCode, message: string }
  | { kind: 'failed', message: string, crashed: boolean }

/** Starts an engine process that outlives us, and waits until it serves, finds the lock held, or gives up. */
function startEngine(path: string, start: Partial<Start>, maxOldSpaceMb = 512): Promise<Outcome> {
  const log = openLog(path)
  const isSource = import.meta.url.endsWith('.ts')
  const entry = fileURLToPath(new URL(isSource ? './main.ts' : './main.js', import.meta.url))
  const loader = isSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : []
  const child = spawn(process.execPath, [`--max-old-space-size=${maxOldSpaceMb}`, ...loader, entry, JSON.stringify(start)], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    env: plainEnvironment(),
  })
  closeSync(log)
  return new Promise((resolve) => {
    const settle = (outcome: Outcome): void => {
      if (child.connected) child.disconnect()
      child.unref()
      resolve(outcome)
    }
    child.once('error', (error) => settle({ kind: 'failed', message: error.message, crashed: false }))
    child.once('exit', (code, signal) => settle(code === LOCK_HELD ? { kind: 'held' } : outcomeOfExit(code, signal)))
    child.once('message', (report) => settle(outcomeOf(report as Report, child)))
  })
}

function outcomeOf(report: Report, child: ChildProcess): Outcome {
  if ('ready' in report) return { kind: 'ready', port: report.port, child }
  if ('refused' in report) return { kind: 'refused', code: report.refused.code as RefusalCode, message: report.refused.message }
  return { kind: 'failed', message: report.failed, crashed: false }
}

/** Reading beyond the end of a damaged file ends a process by signal. */
function outcomeOfExit(code: number | null, signal: NodeJS.Signals | null): Outcome {
  const crashed = signal !== null && ['SIGBUS', 'SIGSEGV', 'SIGABRT'].includes(signal)
  return { kind: 'failed', message: `ended with ${signal ?? `status ${String(code)}`}`, crashed }
}

function unreadable(path: string): DataDirRefused {
  return new DataDirRefused('DATA_DIR_DAMAGED', `the data directory ${path} is damaged: reading its data ends the engine`)
}

/** The engine needs none of the product's settings and secrets. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TMP', 'TEMP', 'LANG', 'TZ']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
}

function openLog(path: string): number {
  const file = join(path, 'engine.log')
  const log = openSync(file, 'a', 0o600)
  if (statSync(file).size > LOG_BYTES) truncateSync(file)
  return log
}

/** Where a store over TCP is to listen; port 0 takes a free one. */
export type TcpOptions = LaunchOptions & { listen: { host: string, port: number } }

/**
 * Starts a store of its own over TCP, for tests of `MONGODB_URI`: it stays until `close`, which ends it.
 * @throws DataDirRefused, EngineFailed (also when another engine has the directory).
 */
export async function launchEmbeddedMongoOverTcp(options: TcpOptions): Promise<EmbeddedMongo> {
  const path = prepareDataDir(options.dataDir)
  const outcome = await startEngine(path, { dataDir: path, ...startOptions(options), listen: options.listen, stay: true }, options.maxOldSpaceMb)
  if (outcome.kind === 'refused') throw new DataDirRefused(outcome.code, outcome.message)
  if (outcome.kind !== 'ready') throw new EngineFailed(`the embedded store does not start: ${outcome.kind === 'held' ? 'another engine has this directory' : outcome.message}`)
  const { child, port } = outcome
  return {
    uri: `mongodb://${options.listen.host}:${port ?? options.listen.port}/`,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    },
  }
}
