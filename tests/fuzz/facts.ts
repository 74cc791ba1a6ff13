import type { Fact } from '../../server/domain/event.ts'
import { MalformedCallback } from '../../server/domain/errors.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import type { ReadDelivery } from '../../webhooks/read.ts'

/** What every reading must keep to, whatever was sent; thrown with what broke it. */
export class Broken extends Error {}

/** Facts of a stored delivery; null: to be set aside. @throws Broken when reading fails in any other way */
export function factsOf(read: ReadDelivery, delivery: Delivery): readonly Fact[] | null {
  const facts = readOr(read, delivery)
  if (facts === null) return null
  if (facts.length === 0) throw new Broken('a delivery that tells nothing at all')
  for (const fact of facts) requireStorable(fact, '')
  return facts
}

function readOr(read: ReadDelivery, delivery: Delivery): readonly Fact[] | null {
  try {
    return read(delivery)
  } catch (error) {
    if (error instanceof MalformedCallback) return null
    throw new Broken('reading failed otherwise than as MalformedCallback', { cause: error })
  }
}

/** Nothing that the store would change or refuse: no half surrogates, no times that are none, no numbers that are none. */
export function requireStorable(value: unknown, place: string): void {
  if (typeof value === 'string' && /\p{Cs}/u.test(value)) throw new Broken(`half a surrogate pair at ${place}`)
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Broken(`no number at ${place}`)
  if (value instanceof Date && Number.isNaN(value.getTime())) throw new Broken(`no time at ${place}`)
  if (typeof value !== 'object' || value === null || value instanceof Date) return
  for (const [name, part] of Object.entries(value)) requireStorable(part, `${place}.${name}`)
}
