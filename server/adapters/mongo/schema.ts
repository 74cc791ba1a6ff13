import type { SchemaOptions } from 'mongoose'

/**
 * What all our collections share: keys of our own instead of mongoose's extras, loud about fields that the schema does
 * not name, and indexes made by `ensureIndexes` at open, never in the background.
 */
export const schemaOptions = {
  versionKey: false,
  id: false,
  strict: 'throw',
  strictQuery: 'throw',
  minimize: false,
  autoIndex: false,
  autoCreate: false,
} as const satisfies SchemaOptions

/**
 * Documents of one reply where a batch of deliveries is asked about at once: a reply ends after 101 by itself, and the
 * rest would be a round trip of its own.
 */
export const oneReply = 1000

/** Machine time, for TTL indexes, polling and nothing else; windows and timers read the Clock. */
export function machineNow(): Date {
  return new Date()
}
