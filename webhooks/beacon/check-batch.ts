import { z } from 'zod'
import { BadRequest } from '../../server/domain/errors.ts'
import { wellFormedText } from '../json.ts'

/** One event as the mall reports it, checked; `at` in Unix ms, `price` in fen. */
export type BeaconEvent = z.output<typeof beaconEvent>

/** What was wrong with one event of a batch; its place in the batch, and its id when it had a readable one. */
export interface Rejection {
  index: number
  id: string | null
  problem: string
}

const kinds = [
  'view-item',
  'favourite-item',
  'add-to-cart',
  'remove-from-cart',
  'checkout',
  'order',
  'search',
  'claim-coupon',
  'view-page',
  'share',
] as const

const mostEvents = 100
const oldestMs = 7 * 24 * 3600_000
const aheadMs = 5 * 60_000

/** Names the field that is missing or wrong. */
const wanted = (name: string, rule: string) => ({
  error: (issue: { input?: unknown }) => `${name} ${issue.input === undefined ? 'is missing: it ' : ''}${rule}`,
})

/** An id: no control characters, and no half of a surrogate pair, which UTF-8 could not tell from another. */
function idOf(name: string) {
  const rule = wanted(name, 'must be a string of 1 to 128 characters')
  return z.string(rule).regex(/^[^\p{Cc}\p{Cs}]{1,128}$/u, rule)
}

function textOf(name: string, most: number) {
  const rule = wanted(name, `must be a string of at most ${most} characters`)
  return z.string(rule).max(most, rule).nullish().transform((text) => (text == null ? undefined : wellFormedText(text)))
}

const price = wanted('item.price', 'must be a whole number of fen, 0 or more')

const item = z.object(
  {
    id: idOf('item.id'),
    title: textOf('item.title', 500),
    category: textOf('item.category', 200),
    price: z.int(price).min(0, price).nullish().transform((fen) => fen ?? undefined),
  },
  wanted('item', 'must be an object'),
)

/** Shape of one reported event; what it has beyond this is not kept. */
export const beaconEvent = z.object(
  {
    id: idOf('id'),
    at: z.int(wanted('at', 'must be a whole number: Unix time in ms')),
    kind: z.enum(kinds, wanted('kind', `must be one of ${kinds.join(', ')}`)),
    item: item.nullish().transform((value) => value ?? undefined),
    text: textOf('text', 2_000),
  },
  { error: () => 'an event must be an object' },
)

/** Sorts a batch into what is kept and what is not; good events do not suffer for bad ones. @throws BadRequest */
export function checkBatch(body: unknown, now: Date): { good: readonly BeaconEvent[]; rejected: readonly Rejection[] } {
  const good: BeaconEvent[] = []
  const rejected: Rejection[] = []
  for (const [index, entry] of eventsOf(body).entries()) {
    const checked = beaconEvent.safeParse(entry)
    const problem = checked.success ? problemOfTime(checked.data.at, now) : problemsOf(checked.error)
    if (checked.success && problem === null) good.push(checked.data)
    else rejected.push({ index, id: readableId(entry), problem: problem ?? '' })
  }
  return { good, rejected }
}

function eventsOf(body: unknown): readonly unknown[] {
  const events = typeof body === 'object' && body !== null && 'events' in body ? body.events : null
  if (!Array.isArray(events)) throw new BadRequest('body must be { "events": [ … ] }')
  if (events.length > mostEvents) throw new BadRequest(`events must be at most ${mostEvents} (${events.length} came)`)
  return events
}

function problemOfTime(at: number, now: Date): string | null {
  if (at < now.getTime() - oldestMs) return 'at is more than 7 days old'
  return at > now.getTime() + aheadMs ? 'at is more than 5 minutes ahead' : null
}

function problemsOf(error: z.ZodError): string {
  return error.issues.map((issue) => issue.message).join('; ')
}

function readableId(entry: unknown): string | null {
  const id = typeof entry === 'object' && entry !== null && 'id' in entry ? entry.id : null
  return typeof id === 'string' ? id.slice(0, 128) : null
}
