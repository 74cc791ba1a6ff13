import { MalformedCallback } from '../server/domain/errors.ts'
import { isFields, type Fields } from './fields.ts'
import { readJson } from './json.ts'
import { Unreadable } from './unreadable.ts'
import { scanXml } from './xml-scan.ts'
import { readXml } from './xml.ts'

/** A body's format is a setting of the platform's console: we look at the body instead of asking for the setting. */
export function looksLikeJson(text: string): boolean {
  return /^\uFEFF?\s*\{/.test(text)
}

/**
 * The content of a stored message, XML or JSON.
 * @throws MalformedCallback when it is not UTF-8, neither format, or has no named parts
 */
export function readContent(bytes: Uint8Array): Fields {
  const text = decodeUtf8(bytes)
  const content = readable(() => (looksLikeJson(text) ? readJson(text) : readXml(text)))
  if (!isFields(content)) throw new MalformedCallback('the message has no fields')
  return content
}

/**
 * The texts directly below the root of a message, without the full parser: enough to know which message it is. What
 * stands there twice is left out.
 * @throws MalformedCallback as `readContent` does
 */
export function readHead(bytes: Uint8Array): Fields {
  const text = decodeUtf8(bytes)
  if (looksLikeJson(text)) return readContent(bytes)
  const found = readable(() => scanXml(text))
  const once = found.filter(({ name }) => found.filter((other) => other.name === name).length === 1)
  return new Map(once.map((field) => [field.name, field.text]))
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new MalformedCallback('the message is not UTF-8', { cause })
  }
}

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof Unreadable) throw new MalformedCallback(cause.reason, { cause })
    throw cause
  }
}
