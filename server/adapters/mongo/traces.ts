import type { Connection, mongo } from 'mongoose'
import { mongo as driver } from 'mongoose'

const { EJSON } = driver.BSON

/** Stands where something that named somebody was. */
export const erasedWord = 'erased'

const pageSize = 500

/** Finds any of some ids in text, bytes and documents. */
export interface Finder {
  in(value: unknown): boolean
  /** The value without them; bytes stay as they are. */
  cleaned(value: unknown): unknown
}

/**
 * Whole ids only: one that is part of a longer word is another id. Platforms' ids are made of letters, digits, `-` and
 * `_`; 200 of them are found as fast as one.
 */
export function findWholeIds(ids: readonly string[]): Finder {
  const wanted = new Set(ids.filter((id) => /^[\w-]+$/.test(id)))
  const odd = ids.filter((id) => id !== '' && !wanted.has(id))
  const word = /[\w-]+/g
  const isIn = (text: string) => odd.some((id) => text.includes(id)) || (text.match(word) ?? []).some((found) => wanted.has(found))
  const clean = (text: string) =>
    odd.reduce((left, id) => left.replaceAll(id, erasedWord), text.replace(word, (found) => (wanted.has(found) ? erasedWord : found)))
  return { in: (value) => textsOf(value).some(isIn), cleaned: (value) => mapTexts(value, (text) => (isIn(text) ? clean(text) : text)) }
}

/** Anywhere in any text, also inside of longer words: for proving that nothing is left. */
export function findAnywhere(texts: readonly string[]): Finder['in'] {
  const isIn = (text: string) => texts.some((wanted) => text.includes(wanted))
  return (value) => textsOf(value).some(isIn)
}

/** Every text in a value, names of fields and what bytes spell included; escaped signs both as they stand and as meant. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.includes('\\u') ? [value, unescaped(value)] : [value]
  const bytes = bytesOf(value)
  if (bytes) return textsOf(Buffer.from(bytes).toString('utf8'))
  if (typeof value !== 'object' || value === null || value instanceof Date) return []
  if (Array.isArray(value)) return value.flatMap(textsOf)
  return Object.entries(value).flatMap(([name, each]) => [name, ...textsOf(each)])
}

/** The text with `\u0041` spelt out, as JSON means it. */
export function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value)
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, map))
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [map(name), mapTexts(each, map)]))
}

/** The bytes of a Buffer or of the driver's Binary. */
export function bytesOf(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) return value
  return value instanceof driver.Binary ? value.buffer : null
}

/** Names of all collections that the database has, whoever made them. */
export async function collectionsOf(connection: Connection): Promise<readonly string[]> {
  const found = (await connection.db?.listCollections({}, { nameOnly: true }).toArray()) ?? []
  return found.map(({ name }) => name).filter((name) => !name.startsWith('system.')).toSorted()
}

/** Bytes that are the brand's own pictures name no customer, and 500 of them at once would fill the memory. */
const unread: Readonly<Record<string, Readonly<Record<string, 0>>>> = { pictures: { bytes: 0 } }

/** One page of a collection in the order of its ids; `after` as `placeOf` gave it. */
export async function pageOf(connection: Connection, collection: string, after: string | null): Promise<readonly mongo.Document[]> {
  const filter = after === null ? {} : { _id: { $gt: EJSON.parse(after) as never } }
  return connection.collection(collection).find(filter, { projection: unread[collection] ?? {} }).sort({ _id: 1 }).hint({ _id: 1 }).limit(pageSize).toArray()
}

/** An id as text, whatever its type. */
export function placeOf(id: unknown): string {
  return EJSON.stringify(id as object)
}

/** A page that is not full was the last one. */
export function isLast(page: readonly mongo.Document[]): boolean {
  return page.length < pageSize
}
