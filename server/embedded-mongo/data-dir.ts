import { createHash, randomUUID } from 'node:crypto'
import { accessSync, constants, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { DATA_FILE } from './storage.ts'

/** Why a data directory is refused. */
export type RefusalCode = 'DATA_DIR_FOREIGN' | 'DATA_DIR_DAMAGED' | 'DATA_DIR_UNWRITABLE' | 'DATA_DIR_OTHER_VERSION'

/** The data directory cannot be used; the message says in one sentence what is wrong. Nothing in it was changed. */
export class DataDirRefused extends Error {
  readonly code: RefusalCode

  constructor(code: RefusalCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'DataDirRefused'
    this.code = code
  }
}

/** What the marker file says: `store` is also kept inside the data, `filled` tells that data was made once. */
export type Marker = { format: 'embedded-mongo', version: 1, store: string, filled: boolean }

/** The file that makes a directory ours. */
export const MARKER_FILE = 'embedded-mongo.json'

const LONGEST_SOCKET_PATH = 100

/**
 * Makes sure that a directory is ours: an empty one is marked, a foreign or damaged one refused.
 * @returns its real path.
 * @throws DataDirRefused
 */
export function prepareDataDir(dataDir: string): string {
  const path = ownDirectory(dataDir)
  const names = readdirSync(path).filter((name) => name !== 'lost+found')
  if (names.length === 0) mark(path)
  else if (!names.includes(MARKER_FILE)) {
    throw new DataDirRefused('DATA_DIR_FOREIGN', `the data directory ${dataDir} is not empty and not ours (no ${MARKER_FILE} in it): choose an empty one`)
  }
  const marker = readMarker(path)
  if (marker.filled && !names.includes(DATA_FILE)) {
    throw new DataDirRefused('DATA_DIR_DAMAGED', `the data directory ${dataDir} is damaged: its ${DATA_FILE} is missing`)
  }
  return path
}

function ownDirectory(dataDir: string): string {
  try {
    makeDirectory(resolve(dataDir))
    const path = realpathSync(dataDir)
    if (!statSync(path).isDirectory()) throw new DataDirRefused('DATA_DIR_FOREIGN', `the data directory ${dataDir} is not a directory`)
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    return path
  } catch (error) {
    if (error instanceof DataDirRefused) throw error
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (reason === 'EEXIST' || reason === 'ENOTDIR') throw new DataDirRefused('DATA_DIR_FOREIGN', `the data directory ${dataDir} is not a directory`, error)
    throw new DataDirRefused('DATA_DIR_UNWRITABLE', `the data directory ${dataDir} cannot be written (${reason})`, error)
  }
}

/**
 * With those above it that are missing, one after another: Node's own recursive way goes round for ever where the parent is
 * there and yet nothing can be made in it, as below /proc.
 */
function makeDirectory(path: string, parentIsThere = false): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (existsSync(path)) return
    const isMissingAbove = error instanceof Error && 'code' in error && error.code === 'ENOENT' && dirname(path) !== path
    if (parentIsThere || !isMissingAbove) throw error
    makeDirectory(dirname(path))
    makeDirectory(path, true)
  }
}

/** Several processes may find the directory empty at once: the first marker stands. */
function mark(path: string): void {
  const marker: Marker = { format: 'embedded-mongo', version: 1, store: randomUUID(), filled: false }
  try {
    writeFileSync(join(path, MARKER_FILE), `${JSON.stringify(marker)}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new DataDirRefused('DATA_DIR_UNWRITABLE', `the data directory ${path} cannot be written (${reason})`, error)
  }
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4))

/** Reads the marker; a marker that another process is just writing is waited for. */
export function readMarker(path: string): Marker {
  for (let attempt = 0; ; attempt++) {
    const text = readFileSync(join(path, MARKER_FILE), 'utf8')
    const marker = parseMarker(text, path)
    if (marker !== null) return marker
    if (text !== '' || attempt >= 20) throw new DataDirRefused('DATA_DIR_DAMAGED', `the data directory ${path} is damaged: ${MARKER_FILE} is unreadable`)
    Atomics.wait(PAUSE, 0, 0, 25)
  }
}

function parseMarker(text: string, path: string): Marker | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return null
    const { format, version, store, filled } = value as Record<string, unknown>
    if (format === 'embedded-mongo' && typeof version === 'number' && version !== 1) throw otherVersion(path, version)
    if (format !== 'embedded-mongo' || version !== 1 || typeof store !== 'string') return null
    return { format, version, store, filled: filled === true }
  } catch (error) {
    if (error instanceof DataDirRefused) throw error
    return null
  }
}

function otherVersion(path: string, version: number): DataDirRefused {
  return new DataDirRefused('DATA_DIR_OTHER_VERSION', `the data directory ${path} belongs to another version of this program (format ${version}, ours is 1)`)
}

/** Notes in the marker that there is data now. Called by the engine, which holds the lock. */
export function markFilled(path: string, marker: Marker): void {
  const next = join(path, `${MARKER_FILE}.next`)
  writeFileSync(next, `${JSON.stringify({ ...marker, filled: true })}\n`, { mode: 0o600 })
  renameSync(next, join(path, MARKER_FILE))
}

/**
 * Where the engine's socket stands: in the data directory, or, since unix socket paths end near 107 bytes, in a private
 * directory under the system's temporary one, named by the real path.
 * @throws DataDirRefused when that directory belongs to somebody else.
 */
export function socketPathFor(path: string): string {
  const near = join(path, 'engine.sock')
  if (Buffer.byteLength(near) <= LONGEST_SOCKET_PATH) return near
  const digest = createHash('sha256').update(path).digest('hex').slice(0, 16)
  const directory = join(tmpdir(), `embedded-mongo-${digest}`)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const { uid, mode } = lstatSync(directory)
  if (uid !== userInfo().uid || (mode & 0o077) !== 0) {
    throw new DataDirRefused('DATA_DIR_UNWRITABLE', `the socket directory ${directory} belongs to somebody else`)
  }
  return join(directory, 'engine.sock')
}
