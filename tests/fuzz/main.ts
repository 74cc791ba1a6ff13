import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { heapMeter } from './memory.ts'
import { failureText, runDirect, type EdgeCount, type Failure } from './run-direct.ts'
import { runServed } from './run-served.ts'
import { openServed } from './served.ts'

const usage = 'npm run fuzz -- [--count 100000] [--http 2000] [--seconds 240] [--seed 1] [--step N]'

/** A tenth of the run is warm-up; from then on the heap may grow by this much, in MB. */
const mostGrowthMb = 16
const sliceOf = 2_000

/** The long form: hostile input by the seed until the count is reached or the time is over; exit 1 when something broke. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '100000' },
      http: { type: 'string', default: '2000' },
      seconds: { type: 'string', default: '240' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
      step: { type: 'string' },
    },
  })
  const [count, http, seconds, seed] = [values.count, values.http, values.seconds, values.seed].map(Number) as [number, number, number, number]
  if (![count, http, seconds, seed].every(Number.isSafeInteger)) throw new Error(usage)
  console.log(`seed ${seed}`)
  if (values.step !== undefined) return report(runDirect(seed, Number(values.step), Number(values.step) + 1).failures)
  const until = Date.now() + seconds * 1000
  const direct = directly(seed, count, until)
  console.table(direct.edges)
  console.log(`${direct.steps} inputs without a socket in ${direct.seconds.toFixed(0)} s; heap ${direct.heap.map((mb) => mb.toFixed(0)).join(' ')} MB`)
  const served = await overHttp(seed, http)
  report([...direct.failures, ...served])
}

interface Direct {
  edges: readonly EdgeCount[]
  failures: readonly Failure[]
  steps: number
  seconds: number
  heap: readonly number[]
}

function directly(seed: number, count: number, until: number): Direct {
  const [started, heapMb] = [Date.now(), heapMeter()]
  const totals = new Map<string, EdgeCount>()
  const [failures, heap] = [[] as Failure[], [] as number[]]
  let step = 0
  while (step < count && Date.now() < until && failures.length === 0) {
    const end = Math.min(count, step + sliceOf)
    const run = runDirect(seed, step, end)
    failures.push(...run.failures)
    for (const edge of run.edges) totals.set(edge.name, added(totals.get(edge.name), edge))
    if (Math.floor((10 * end) / count) > Math.floor((10 * step) / count)) heap.push(heapMb())
    step = end
  }
  const growth = (heap.at(-1) ?? 0) - (heap[0] ?? 0)
  if (growth > mostGrowthMb) failures.push({ edge: 'memory', seed, step, error: new Error(`the heap grew by ${growth.toFixed(0)} MB`) })
  return { edges: [...totals.values()], failures, steps: step, seconds: (Date.now() - started) / 1000, heap }
}

function added(before: EdgeCount | undefined, { name, steps, taken, slowestMs }: EdgeCount): EdgeCount {
  if (!before) return { name, steps, taken, slowestMs: Math.round(slowestMs) }
  return { name, steps: before.steps + steps, taken: before.taken + taken, slowestMs: Math.round(Math.max(before.slowestMs, slowestMs)) }
}

async function overHttp(seed: number, requests: number): Promise<readonly Failure[]> {
  if (requests === 0) return []
  const dataDir = await mkdtemp(join(tmpdir(), 'fuzz-'))
  const target = await openServed({ DATA_DIR: dataDir })
  try {
    const { statuses, failures } = await runServed(target, seed, 0, requests)
    console.table(statuses)
    console.log(`${requests} requests over HTTP; left: ${JSON.stringify(await target.brand.server.stores.inbox.left())}`)
    return failures
  } finally {
    await target.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

function report(failures: readonly Failure[]): void {
  for (const failure of failures) console.error(failureText(failure))
  console.log(failures.length === 0 ? 'everything was stood' : `${failures.length} were not stood`)
  process.exitCode = failures.length === 0 ? 0 : 1
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
