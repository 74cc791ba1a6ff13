import { Broken } from './facts.ts'
import { seeded, stepSeed } from './random.ts'
import type { Failure } from './run-direct.ts'
import type { ServedTarget } from './served.ts'

export interface ServedRun {
  requests: number
  statuses: Readonly<Record<string, number>>
  failures: readonly Failure[]
}

const together = 8
const mostFailures = 20
/** So many requests, then what they left is handled. */
const roundOf = 500

/** Requests `from` up to `to` of the run that the seed names, eight at a time, handled in between. */
export async function runServed(target: ServedTarget, seed: number, from: number, to: number): Promise<ServedRun> {
  const statuses: Record<string, number> = {}
  const failures: Failure[] = []
  const fail = (step: number) => (error: unknown) => void failures.push({ edge: 'real HTTP', seed, step, error })
  let next = from
  const worker = async (end: number) => {
    while (next < end) {
      const step = next
      next += 1
      const status = await target.step(seeded(stepSeed(seed, step))).catch(fail(step))
      if (typeof status === 'number') statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  while (next < to && failures.length < mostFailures) {
    const [begun, end] = [next, Math.min(to, next + roundOf)]
    await Promise.all(Array.from({ length: together }, () => worker(end)))
    await target.settle().catch(fail(begun))
  }
  const unexpected = target.errors.filter((line) => !line.startsWith('notification not decrypted'))
  for (const line of unexpected.slice(0, mostFailures)) failures.push({ edge: 'log', seed, step: from, error: new Broken(line) })
  return { requests: next - from, statuses, failures }
}
