import type { Content } from '../fields.ts'
import { readJson } from '../json.ts'
import { Unreadable } from '../unreadable.ts'

/** The content of a JSON body. @throws Unreadable when it is not UTF-8, not JSON, too deep, or neither object nor list */
export function readBytes(bytes: Uint8Array): Content {
  const content = readJson(decode(bytes))
  if (typeof content === 'string') throw new Unreadable('not a JSON object')
  return content
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Unreadable('not UTF-8', { cause })
  }
}
