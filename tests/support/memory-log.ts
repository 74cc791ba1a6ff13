import { createLog } from '../../server/log.ts'
import type { Log } from '../../server/ports/log.ts'

/** The product's own log, its lines kept: what a test reads is what production writes. */
export interface MemoryLog extends Log {
  lines: readonly Readonly<Record<string, unknown>>[]
  text(): string
}

/** Makes one. */
export function memoryLog(): MemoryLog {
  const written: string[] = []
  const log = createLog({ destination: { write: (line: string) => void written.push(line) } })
  return {
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
    get lines() {
      return written.map((line) => JSON.parse(line) as Record<string, unknown>)
    },
    text: () => written.join(''),
  }
}
