import { directEdges, type DirectEdge } from './direct.ts'
import { seeded, stepSeed } from './random.ts'

/** What one edge stood. */
export interface EdgeCount {
  name: string
  steps: number
  taken: number
  /** Slowest step, in ms of the machine. */
  slowestMs: number
}

/** A step that was not stood; its seed and number do it again. */
export interface Failure {
  edge: string
  seed: number
  step: number
  error: unknown
}

export interface DirectRun {
  edges: readonly EdgeCount[]
  failures: readonly Failure[]
}

const edgeOf: readonly DirectEdge[] = directEdges.flatMap((edge) => Array.from({ length: edge.share }, () => edge))
const mostFailures = 20

/**
 * Steps `from` up to `to` of the run that the seed names, over all edges by their shares. Ends early after twenty
 * failures: they are usually one.
 */
export function runDirect(seed: number, from: number, to: number): DirectRun {
  const counts = new Map(directEdges.map(({ name }) => [name, { name, steps: 0, taken: 0, slowestMs: 0 }]))
  const failures: Failure[] = []
  for (let step = from; step < to && failures.length < mostFailures; step += 1) {
    const random = seeded(stepSeed(seed, step))
    const edge = random.pick(edgeOf)
    const count = counts.get(edge.name)
    if (!count) continue
    const started = performance.now()
    try {
      if (edge.step(random) === 'taken') count.taken += 1
    } catch (error) {
      failures.push({ edge: edge.name, seed, step, error })
    }
    count.steps += 1
    count.slowestMs = Math.max(count.slowestMs, performance.now() - started)
  }
  return { edges: [...counts.values()], failures }
}

/** One failure for people: how to do it again, and the chain of causes. */
export function failureText({ edge, seed, step, error }: Failure): string {
  const causes: string[] = []
  for (let cause = error; cause instanceof Error; cause = cause.cause) causes.push(cause.stack ?? cause.message)
  return `${edge}: npm run fuzz -- --seed ${seed} --step ${step}\n${causes.join('\ncaused by ') || String(error)}`
}
