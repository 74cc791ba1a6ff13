import { execFileSync, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Which core each part of a measurement is pinned to; null: not pinned, the machine has no taskset. */
export interface Cores {
  count: number
  product: number | null
  second: number | null
  store: number | null
  load: number | null
  /** How they lie, in one sentence for the report. */
  told: string
}

/** The product on a core of its own; the store and the load elsewhere, sharing one where there are only two. */
export function layOut(): Cores {
  const count = availableParallelism()
  if (spawnSync('taskset', ['--version']).status !== 0) {
    return { count, product: null, second: null, store: null, load: null, told: 'nothing is pinned: no taskset here' }
  }
  const core = (wanted: number) => wanted % count
  const [store, load, second] = count >= 4 ? [1, 2, 3] : [core(1), core(1), core(1)]
  const told =
    count >= 4
      ? 'pinned: product, store engine, load, second product on a core each'
      : `pinned on ${count} cores: floors and product on the first; store engine and load share the ${count === 1 ? 'same' : 'second'}`
  return { count, product: 0, second, store, load, told }
}

/** A command line pinned to a core. */
export function pinned(core: number | null, command: readonly string[]): readonly string[] {
  return core === null ? command : ['taskset', '-c', String(core), ...command]
}

/** Pins this process, and what it starts from now on, where nothing else is measured. */
export function pinMyself(core: number | null): void {
  if (core !== null) execFileSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)], { stdio: 'ignore' })
}
