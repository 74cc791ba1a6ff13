import { MalformedCallback } from '../domain/errors.ts'
import type { Fact } from '../domain/event.ts'
import type { Delivery, Inbox, LeftDelivery, LeftState } from '../ports/inbox.ts'

export interface ReplayLeftDeps {
  inbox: Inbox
  /** Our reading as it is now. @throws MalformedCallback */
  read: (delivery: Delivery) => readonly Fact[]
}

/** How many wait again, and how many would only end where they are. */
export interface Replayed {
  replayed: number
  /** Still unreadable, or still nothing that we use. */
  unchanged: number
}

export type ReplayLeft = ReturnType<typeof createReplayLeft>

const atOnce = 200

/**
 * Lets deliveries that were set aside, unrecognised or stuck be handled after a fix (B4, H6). Only what our reading has
 * learnt to read waits again; what that causes is keyed, so that nothing doubles, whatever had been done before.
 */
export function createReplayLeft({ inbox, read }: ReplayLeftDeps) {
  function isWorthIt(state: LeftState, delivery: LeftDelivery): boolean {
    // It was read before it got stuck, or what broke was the reading: only trying tells.
    if (state === 'stuck') return true
    try {
      return read(delivery).some(({ about }) => about !== 'nothing')
    } catch (error) {
      if (error instanceof MalformedCallback) return false
      throw error
    }
  }

  return {
    /** null: nothing by that id is left. */
    async one(id: string): Promise<Replayed | null> {
      const delivery = await inbox.find(id)
      if (!delivery) return null
      const ids = isWorthIt(delivery.state, delivery) ? [id] : []
      const { length } = await inbox.reopen(ids)
      return { replayed: length, unchanged: 1 - length }
    },

    /** All that is left in these ways, in order of arrival. */
    async all(states: readonly LeftState[]): Promise<Replayed> {
      const count = { replayed: 0, unchanged: 0 }
      for (const state of states) {
        // What is reopened meanwhile comes back under the same id, perhaps into the same state: so all are found first.
        const worth: string[] = []
        for await (const delivery of inbox.each(state)) {
          if (isWorthIt(state, delivery)) worth.push(delivery.id)
          else count.unchanged += 1
        }
        for (let start = 0; start < worth.length; start += atOnce) {
          count.replayed += (await inbox.reopen(worth.slice(start, start + atOnce))).length
        }
      }
      return count
    },
  }
}
