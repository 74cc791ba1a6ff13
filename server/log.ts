import pino from 'pino'
import * as ours from './domain/errors.ts'
import type { Log } from './ports/log.ts'

const ourErrors = Object.values(ours)

/**
 * JSON lines without personal data or secrets. Of errors that are not ours only the type and the frames are kept:
 * a driver's message may quote the document that it choked on.
 */
export function createLog(options: { level?: pino.Level; destination?: pino.DestinationStream } = {}): Log {
  const { level = 'info', destination = pino.destination(1) } = options
  return pino({ base: null, level, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: safeError } }, destination)
}

function safeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error }
  const known = ourErrors.some((kind) => error instanceof kind)
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).map((line) => line.trim())
  const cause = error.cause instanceof Error ? { cause: safeError(error.cause) } : {}
  return { type: error.name, ...(known ? { message: error.message } : {}), stack: frames.slice(0, 12), ...cause }
}
