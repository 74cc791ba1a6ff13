import { failedToParse } from './errors.ts'

/**
 * Field names of documents, each read from its bytes once: the same few names come again in every document, and a look-up
 * costs a fraction of making a string. Each place holds the last name that fell on it, so the table never grows.
 */
const PLACES = 4096
const LONGEST = 48
const names: (string | undefined)[] = Array.from({ length: PLACES }, () => undefined)

/** Where a name ends that begins at `start`: at its zero byte. @throws MongoRefusal FailedToParse */
export function nameEnd(bytes: Uint8Array, start: number): number {
  let end = start
  for (let byte = bytes[end]; byte !== 0; byte = bytes[++end]) if (byte === undefined) throw failedToParse('field name without end')
  return end
}

/** The name that begins at `start`; it ends at the next zero byte. @throws MongoRefusal FailedToParse */
export function nameAt(bytes: Buffer, start: number): string {
  let end = start
  let [hash, all] = [0, 0]
  for (let byte = bytes[end]; byte !== 0; byte = bytes[++end]) {
    if (byte === undefined) throw failedToParse('field name without end')
    hash = (Math.imul(hash, 31) + byte) | 0
    all |= byte
  }
  if (all > 127) return bytes.toString('utf8', start, end)
  if (end - start > LONGEST) return bytes.toString('latin1', start, end)
  const place = (hash ^ (hash >>> 12)) & (PLACES - 1)
  const known = names[place]
  if (known !== undefined && known.length === end - start && isAt(bytes, start, known)) return known
  const name = bytes.toString('latin1', start, end)
  names[place] = name
  return name
}

function isAt(bytes: Buffer, start: number, name: string): boolean {
  for (let index = 0; index < name.length; index++) if (bytes[start + index] !== name.charCodeAt(index)) return false
  return true
}
