import mongoose, { type Collection, mongo } from 'mongoose'
import { StoreUnavailable } from '../../domain/errors.ts'

/** Server codes that mean "not now": stepping down, shutting down, no primary, out of time, disk full. */
const notNow: ReadonlySet<number> = new Set([
  6, 7, 50, 64, 89, 91, 100, 189, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436, 14031,
])

/** Node's own words for a socket that is gone: while it writes, the driver lets them through as they are (EPIPE). */
const socketGone: ReadonlySet<unknown> = new Set([
  'EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'ETIMEDOUT', 'ENOENT', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END',
])

const duplicateKey = 11000

/** A failed write's place in the batch and the server's code. */
interface FailedWrite {
  index: number
  code: number
}

/** What the caller should see: StoreUnavailable for anything that another try may mend, else the error itself. */
export function toStoreError(error: unknown): unknown {
  return isUnavailable(error) ? new StoreUnavailable({ cause: error }) : error
}

/** ECONNREFUSED, ENOTFOUND, AuthenticationFailed: the system's or the server's own word for why, wherever the driver put it; null: none. */
export function networkCodeOf(error: unknown, depth = 0): string | null {
  if (!(error instanceof Error) || depth > 6) return null
  const { code, codeName, reason, cause } = error as { code?: unknown; codeName?: unknown; reason?: unknown; cause?: unknown }
  if (typeof codeName === 'string') return codeName
  const servers = reason && typeof reason === 'object' && 'servers' in reason && reason.servers instanceof Map ? [...reason.servers.values()] : []
  const inner = [cause, reason, ...servers.map((server) => (server as { error?: unknown }).error)]
  const found = inner.map((each) => networkCodeOf(each, depth + 1)).find((each) => each !== null)
  return found ?? (typeof code === 'string' && /^E[A-Z]+$/.test(code) ? code : null)
}

function isUnavailable(error: unknown): boolean {
  if (error instanceof mongoose.Error.MongooseServerSelectionError) return true
  if (error instanceof mongo.MongoNetworkError || error instanceof mongo.MongoSystemError) return true
  if (error instanceof mongo.MongoWriteConcernError || error instanceof mongo.MongoOperationTimeoutError) return true
  if (isClosed(error) || isNotOpen(error) || isSocketGone(error)) return true
  if (error instanceof mongo.MongoBulkWriteError && isBatchUnavailable(error)) return true
  if (error instanceof mongo.MongoServerError) return notNow.has(Number(error.code))
  return error instanceof mongo.MongoError && error.name === 'MongoWaitQueueTimeoutError'
}

/** The driver wraps what stopped a batch: the reason is in `errorResponse`, whatever class it has. */
function isBatchUnavailable({ errorResponse, result }: mongo.MongoBulkWriteError): boolean {
  const reason: unknown = errorResponse
  return Boolean(result?.getWriteConcernError()) || (reason instanceof Error && isUnavailable(reason))
}

function isClosed(error: unknown): boolean {
  return (
    error instanceof mongo.MongoNotConnectedError ||
    error instanceof mongo.MongoTopologyClosedError ||
    error instanceof mongo.MongoServerClosedError ||
    error instanceof mongo.MongoClientClosedError ||
    error instanceof mongo.MongoExpiredSessionError
  )
}

function isSocketGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && socketGone.has(error.code)
}

/** mongoose's own words for a connection that is being opened anew; its other errors have classes of their own. */
function isNotOpen(error: unknown): boolean {
  return error instanceof mongoose.Error && error.name === 'MongooseError'
}

/** Whether a single write failed because its key is taken (E11000). */
export function isDuplicate(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && error.code === duplicateKey
}

/**
 * Runs an unordered batch and gives the positions whose key was taken already.
 * Any other failure in the batch, a missing write concern included, is thrown.
 */
export async function duplicatesOf(write: () => Promise<unknown>): Promise<ReadonlySet<number>> {
  try {
    await write()
    return new Set()
  } catch (error) {
    if (!(error instanceof mongo.MongoBulkWriteError) || isUnavailable(error)) throw error
    const failed = failedWrites(error)
    if (failed.length === 0 || failed.some(({ code }) => code !== duplicateKey)) throw error
    return new Set(failed.map(({ index }) => index))
  }
}

/** Inserts each document that is not there yet, in one batch; gives the positions of those that were. */
export async function insertNew<Document extends mongo.Document>(
  collection: Collection<Document>,
  documents: readonly mongo.OptionalUnlessRequiredId<Document>[],
): Promise<ReadonlySet<number>> {
  if (documents.length === 0) return new Set()
  return duplicatesOf(() => collection.insertMany([...documents], { ordered: false }))
}

function failedWrites(error: mongo.MongoBulkWriteError): readonly FailedWrite[] {
  const list = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors]
  return list.map(({ index, code }) => ({ index, code: Number(code) }))
}
