import type { Fact } from '../domain/event.ts'
import type { TakenDelivery } from '../ports/inbox.ts'

/** A delivery with what it tells. */
export interface Reading {
  delivery: TakenDelivery
  facts: readonly Fact[]
}

/** Deliveries (by id) whose Tencent answer is still owed, with why: tried again, and what they tell waits. */
export type Deferred = Map<string, string>

const triesForAnAnswer = 5

/** After some tries an event is handled without the answer it wanted, rather than never. */
export function isLastTry(delivery: TakenDelivery): boolean {
  return delivery.attempts + 1 >= triesForAnAnswer
}
