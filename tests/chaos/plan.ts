import { createDice, type Dice } from './dice.ts'

/** What somebody does; each is one callback. */
export type Deed =
  | 'adds'
  | 'follows'
  | 'writes'
  | 'asks-for-a-price'
  | 'taps'
  | 'is-located'
  | 'opens-link'
  | 'orders'
  | 'pays-order'
  | 'pays-in-mall'
  | 'is-edited'

export interface PlannedCallback {
  deed: Deed
  /** Whose doing, or about whom: a number from 0 on. */
  customer: number
  /** Found again in what the product makes of it. */
  marker: string
  /** Of 'pays-order': the place in the plan of the order. */
  order: number | null
}

/** What strikes; those with a time last that long. */
export type Blow =
  | { at: number; kind: 'kill-product' | 'kill-store' | 'expire-tokens' | 'revoke-tokens' }
  | { at: number; kind: 'pause-store' | 'fill-disk' | 'slow-tencent' | 'silent-tencent'; forMs: number }
  | { at: number; kind: 'failing-tencent' | 'rate-limits' | 'lost-answers'; times: number }

export interface Plan {
  seed: number
  callbacks: readonly PlannedCallback[]
  /** `at`: before which callback. In order. */
  blows: readonly Blow[]
  staff: number
  customers: number
  /** Customers below this number have a member when the product starts; the others are added on the way. */
  friends: number
}

/** How often each blow strikes. */
export type Blows = Readonly<Record<Blow['kind'], number>>

/** Twenty kills of the product or its store, and everything else that goes wrong between. */
export const everyBlow = {
  'kill-product': 12,
  'kill-store': 8,
  'pause-store': 3,
  'fill-disk': 2,
  'slow-tencent': 3,
  'silent-tencent': 2,
  'failing-tencent': 4,
  'rate-limits': 3,
  'lost-answers': 4,
  'expire-tokens': 3,
  'revoke-tokens': 2,
} as const satisfies Blows

/** What a run of seconds bears: nothing after which the product rightly waits for minutes before it asks again. */
export const fewBlows = {
  'kill-product': 1,
  'kill-store': 1,
  'pause-store': 1,
  'fill-disk': 0,
  'slow-tencent': 1,
  'silent-tencent': 0,
  'failing-tencent': 0,
  'rate-limits': 0,
  'lost-answers': 1,
  'expire-tokens': 1,
  'revoke-tokens': 0,
} as const satisfies Blows

const deeds = {
  writes: 34,
  taps: 26,
  'opens-link': 14,
  'is-edited': 9,
  orders: 5,
  'pays-order': 3,
  'asks-for-a-price': 2,
  'pays-in-mall': 1,
} as const satisfies Partial<Record<Deed, number>>

export interface Sizes {
  seed: number
  count: number
  blows: Blows
  /** By how much blows that last, or come several in a row, are shortened; 1: as they are. */
  shorten: number
}

/** Everything that will happen, from a seed: the same seed and sizes plan the same. */
export function planOf({ seed, count, blows, shorten }: Sizes): Plan {
  const dice = createDice(seed)
  const customers = Math.max(10, Math.ceil(count / 20))
  const callbacks: PlannedCallback[] = []
  const friends = Math.ceil(customers * 0.8)
  const life = { met: new Set<number>(), unpaid: new Map<number, number>() }
  while (callbacks.length < count) callbacks.push(...nextDeeds(dice, { customers, friends, from: callbacks.length, ...life }))
  return {
    seed,
    callbacks: callbacks.slice(0, count),
    blows: blowsOf(dice, count, blows, shorten),
    staff: Math.max(4, Math.ceil(count / 300)),
    customers,
    friends,
  }
}

interface Life {
  customers: number
  friends: number
  from: number
  /** Who has followed, or been added. */
  met: Set<number>
  /** By customer: the place of an order that is not paid. */
  unpaid: Map<number, number>
}

/** One deed, or two of one person in one second. */
function nextDeeds(dice: Dice, { customers, friends, from, met, unpaid }: Life): PlannedCallback[] {
  const customer = dice.below(customers)
  const one = (deed: Deed, index = from, order: number | null = null): PlannedCallback => {
    return { deed, customer, marker: `mk-${index}-km`, order }
  }
  if (!met.has(customer) && dice.roll() < 0.6) {
    met.add(customer)
    return [one(customer < friends ? 'follows' : 'adds')]
  }
  const deed = dice.weighed(deeds)
  const order = unpaid.get(customer)
  if (deed === 'pays-order' && order !== undefined) {
    unpaid.delete(customer)
    return [one('pays-order', from, order)]
  }
  if (deed === 'pays-order' || deed === 'orders') {
    unpaid.set(customer, from)
    return [one('orders')]
  }
  if (deed === 'taps' && dice.roll() < 0.3) return [one('taps'), one('is-located', from + 1)]
  return [one(deed)]
}

/** Strikes at random places, not in the first and last twentieth: before and after nothing is to be broken. */
function blowsOf(dice: Dice, count: number, blows: Blows, shorten: number): Blow[] {
  const between = (leastMs: number, mostMs: number) => Math.round((leastMs + dice.below(mostMs - leastMs)) / shorten)
  const kinds = Object.entries(blows).flatMap(([kind, times]) => Array.from({ length: times }, () => kind as Blow['kind']))
  const struck = kinds.map((kind): Blow => {
    const at = Math.floor(count * (0.05 + dice.roll() * 0.9))
    switch (kind) {
      case 'pause-store':
        return { at, kind, forMs: between(500, 4_000) }
      case 'fill-disk':
        return { at, kind, forMs: between(1_500, 4_000) }
      case 'slow-tencent':
        return { at, kind, forMs: between(2_000, 6_000) }
      case 'silent-tencent':
        return { at, kind, forMs: between(2_000, 8_000) }
      case 'failing-tencent':
      case 'rate-limits':
        return { at, kind, times: Math.ceil((5 + dice.below(20)) / shorten) }
      case 'lost-answers':
        return { at, kind, times: Math.ceil((1 + dice.below(3)) / shorten) }
      default:
        return { at, kind }
    }
  })
  return struck.toSorted((a, b) => a.at - b.at)
}
