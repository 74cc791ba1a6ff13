import { identityKey } from '../../domain/ids.ts'
import type { Join } from '../../domain/person.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Observations } from '../../ports/contacts.ts'
import type { History } from '../../ports/history.ts'
import type { People } from '../../ports/people.ts'
import type { Timeline } from '../../ports/timeline.ts'
import { batches } from './batches.ts'

/** What cannot be made anew and is taken as it is. */
export interface Given {
  /** Machine time: what was stored before it is taken as it is; null: bytes and answers of everything are there. */
  from: Date | null
  /** When the rules in force began, where others were in force before; null: never. */
  rulesSince: Date | null
  /** Copies to the scratch stores what was stored before `from` and is not there; returns how many events. */
  fill(scratch: { timeline: Timeline; people: People }): Promise<number>
}

export interface GivenDeps {
  live: { history: History; observations: Observations }
  rulesPrint: string
  clock: Clock
}

const dayMs = 24 * 3600_000
const batchSize = 500

/**
 * The first event whose bytes are gone says from when on everything can be made anew: deliveries are forgotten in the
 * order in which they came. An event handled a day after its delivery counts as from before, too.
 */
export async function whatIsGiven({ live, rulesPrint, clock }: GivenDeps): Promise<Given> {
  const { history, observations } = live
  const oldest = await history.oldestBytes()
  const began = await beginningOf(observations)
  const expired = oldest && (await isOlderStored(history, oldest)) ? new Date(oldest.getTime() + dayMs) : null
  const from = [expired, began].reduce<Date | null>((last, at) => (at && (!last || at > last) ? at : last), null)

  return {
    from,
    rulesSince: await rulesSince(observations, rulesPrint, clock),
    async fill({ timeline, people }) {
      if (!from) return 0
      let count = 0
      for await (const batch of batches(history.events(), batchSize)) {
        const old = batch.filter(({ storedAt }) => storedAt < from).map(({ event }) => event)
        const known = await timeline.known(old.map(({ key }) => key))
        const lacking = old.filter(({ key }) => !known.has(key))
        await timeline.add(lacking)
        await people.resolve([...new Set(lacking.map(({ who }) => identityKey(who)))], clock.now())
        count += lacking.length
      }
      return count
    },
  }
}

/** Joins of before `from`: what told of them may be gone. */
export async function seedsOf(history: History, { from }: Given): Promise<readonly Join[]> {
  if (!from) return []
  const joins: Join[] = []
  for await (const node of history.people()) joins.push(...node.joins.filter(({ at }) => at < from))
  return joins
}

async function isOlderStored(history: History, oldest: Date): Promise<boolean> {
  for await (const { storedAt } of history.events()) if (storedAt < oldest) return true
  return false
}

/** When answers began to be kept, where events had been handled before; null: from the first. */
async function beginningOf(observations: Observations): Promise<Date | null> {
  for await (const { at, content } of observations.each('answers-kept')) return content['first'] === true ? null : at
  return null
}

async function rulesSince(observations: Observations, print: string, clock: Clock): Promise<Date | null> {
  let last: { at: Date; print: unknown; first: boolean } | null = null
  for await (const { at, content } of observations.each('rules')) {
    last = { at, print: content['print'], first: content['first'] === true }
  }
  if (last === null) return null
  if (last.print !== print) return clock.now()
  return last.first ? null : last.at
}
