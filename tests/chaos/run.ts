import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import mongoose from 'mongoose'
import { launchEmbeddedMongo } from '../../server/embedded-mongo/launch.ts'
import { openFakeTencent, type FakeTencent } from '../fake-tencent/main.ts'
import { judge, type Judged, type Verdict } from './judge.ts'
import { climb, type Speeds } from './ladder.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { gather } from './people.ts'
import { planOf, type Blow, type Plan, type Sizes } from './plan.ts'
import { superviseProduct, type Product } from './product.ts'
import { openDisk, type Disk } from './small-disk.ts'

export interface ChaosOptions extends Sizes {
  /** Callbacks a second, at most. */
  rate: number
  speeds: Speeds
  /** How long the product may take at the end until nothing waits. */
  settleMs: number
  /** Size of the disk that can be full; null: an ordinary folder. */
  diskMb: number | null
  say?: (line: string) => void
}

export interface ChaosReport extends Judged {
  seed: number
  count: number
  blows: Readonly<Record<string, number>>
  disk: string
  platforms: Ledger['counts']
  starts: number
  crashes: number
  /** What the stand-in saw that Tencent would have refused. */
  problems: readonly string[]
  exitCode: number | null
  seconds: { storm: number; calm: number }
  /** Kept only when something is wrong. */
  folder: string | null
}

/** Sockets; a paused store holds each for 3.5 s. */
const mostAtOnce = 512

/** One run: the product and its store as real processes, everything of Tencent in this one. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { say = () => undefined } = options
  const plan = planOf(options)
  const folder = await mkdtemp(join(tmpdir(), 'chaos-'))
  const disk = options.diskMb === null ? ordinary(folder) : openDisk(folder, options.diskMb)
  const dataDir = join(disk.folder, 'data')
  const ledger = createLedger()
  const tencent = await openFakeTencent({ clock: { now: () => new Date() }, onPosted: ledger.note })
  const env = await envOf(tencent, dataDir)
  const people = gather(tencent, plan)
  const product = superviseProduct(env, { folder, dataDir })
  const sky = { calm: false }
  let report: ChaosReport | null = null
  try {
    await product.ready()
    await product.begun()
    say(`seed ${plan.seed}: ${plan.callbacks.length} callbacks, ${plan.blows.length} blows, ${disk.how}`)
    const began = performance.now()
    const { blows, deliveries } = await unleash({ plan, options, people, product, disk, tencent, ledger, sky })
    await Promise.all(blows)
    await product.ready()
    const blown = performance.now()
    sky.calm = true
    tencent.weather.comeBack()
    await Promise.all(deliveries)
    const judged = await settled({ dataDir, ledger, tencent, withinMs: options.settleMs })
    const exitCode = await product.stop()
    report = {
      seed: plan.seed,
      count: plan.callbacks.length,
      blows: counted(plan.blows),
      disk: disk.how,
      platforms: ledger.counts,
      ...judged,
      starts: product.starts(),
      crashes: product.crashes(),
      problems: tencent.problems,
      exitCode,
      seconds: { storm: tenths(blown - began), calm: tenths(performance.now() - blown) },
      folder: null,
    }
    return isClean(report) ? report : { ...report, folder }
  } finally {
    await product.stop()
    await tencent.close()
    // The store ends 2 s after its last client.
    await pause(options.diskMb === null ? 0 : 2_500)
    disk.close()
    if (report && isClean(report)) await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 })
  }
}

/** Nothing lost, nothing doubled, nothing left, and no crash but those that were meant. */
export function isClean({ verdict, problems, exitCode }: ChaosReport): boolean {
  return isFair(verdict) && problems.length === 0 && exitCode === 0
}

function isFair(verdict: Verdict): boolean {
  return Object.values(verdict).every((found) => found === 0 || (Array.isArray(found) && found.length === 0))
}

interface Storm {
  plan: Plan
  options: ChaosOptions
  people: ReturnType<typeof gather>
  product: Product
  disk: Disk
  tencent: FakeTencent
  ledger: Ledger
  sky: { calm: boolean }
}

/** Everything of the plan in its order, at its pace; resolves when all has begun, with what has not ended yet. */
async function unleash(storm: Storm): Promise<Record<'blows' | 'deliveries', Iterable<Promise<unknown>>>> {
  const { plan, options, people, ledger, sky } = storm
  const open = { blows: new Set<Promise<unknown>>(), deliveries: new Set<Promise<unknown>>() }
  const posting = gate(mostAtOnce)
  const blows = [...plan.blows]
  const began = performance.now()
  for (const [index, callback] of plan.callbacks.entries()) {
    const due = began + (index / options.rate) * 1000
    if (due > performance.now()) await pause(due - performance.now())
    while (blows[0] && blows[0].at <= index) track(open.blows, strike(storm, blows.shift() as Blow))
    const happened = people.act(callback)
    const delivery = climb(happened.sender, () => posting(happened.send), options.speeds, () => sky.calm)
    track(open.deliveries, delivery.then(({ acked, tries }) => ledger.close(happened, acked, tries)))
    if (index % 50 === 0) await pause(0)
  }
  return open
}

function track(open: Set<Promise<unknown>>, work: Promise<unknown>): void {
  open.add(work)
  void work.finally(() => open.delete(work))
}

async function strike({ product, disk, tencent, options }: Storm, blow: Blow): Promise<void> {
  const { weather } = tencent
  options.say?.(`  callback ${blow.at}: ${blow.kind}`)
  switch (blow.kind) {
    case 'kill-product':
      return product.kill()
    case 'kill-store':
      return product.killStore()
    case 'pause-store':
      product.pauseStore()
      await pause(blow.forMs)
      return product.resumeStore()
    case 'fill-disk':
      disk.fill()
      await pause(blow.forMs)
      return disk.free()
    case 'slow-tencent':
      weather.delay(300)
      await pause(blow.forMs)
      return weather.delay(0)
    case 'silent-tencent':
      weather.goSilent()
      await pause(blow.forMs)
      return weather.comeBack()
    case 'failing-tencent':
      return weather.failNext(502, { times: blow.times })
    case 'rate-limits':
      return weather.refuseNext(45009, { times: blow.times })
    case 'lost-answers':
      return weather.dropAnswerOf('message/send', { times: blow.times })
    case 'expire-tokens':
      return weather.expireTokens()
    case 'revoke-tokens':
      return weather.revokeTokens()
  }
}

/** Waits until nothing waits any more, or the time is over, and judges what is there. */
async function settled(deps: { dataDir: string; ledger: Ledger; tencent: FakeTencent; withinMs: number }): Promise<Judged> {
  const engine = await launchEmbeddedMongo({ dataDir: deps.dataDir })
  const connection = await mongoose.createConnection(engine.uri).asPromise()
  const end = performance.now() + deps.withinMs
  try {
    for (;;) {
      const waiting = await connection.collection('inbox').countDocuments({ state: 'waiting' })
      const unrung = await connection.collection('alerts').countDocuments({ state: { $in: ['queued', 'held', 'merged'] } })
      const late = performance.now() > end
      const judged = waiting + unrung === 0 || late ? await judge(connection, deps.ledger, deps.tencent.world) : null
      if (judged && (late || isFair(judged.verdict))) return judged
      // Counting a long backlog costs the store more than all the product asks of it.
      await pause(judged || waiting > 1_000 ? 1_000 + waiting / 20 : 250)
    }
  } finally {
    await connection.close()
    await engine.close()
  }
}

async function envOf(tencent: FakeTencent, dataDir: string): Promise<Readonly<Record<string, string>>> {
  const port = await freePort()
  tencent.connect(`http://127.0.0.1:${port}`, 'http://brand.test')
  return {
    PORT: String(port),
    PUBLIC_URL: 'http://brand.test',
    SESSION_SECRET: 'a-session-secret-of-the-tests',
    DATA_DIR: dataDir,
    ALERT_MERGE_MINUTES: '0',
    OPENING_HOURS: '00:00-24:00',
    ...tencent.env(),
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

/** Lets so many through at a time, in order. */
function gate(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let inside = 0
  const queue: (() => void)[] = []
  return async (work) => {
    if (inside >= most) await new Promise<void>((go) => queue.push(go))
    inside += 1
    try {
      return await work()
    } finally {
      inside -= 1
      queue.shift()?.()
    }
  }
}

function ordinary(parent: string): Disk {
  return { folder: parent, how: 'an ordinary folder', fill: () => false, free: () => undefined, close: () => undefined }
}

function counted(blows: readonly Blow[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind } of blows) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

const tenths = (ms: number) => Math.round(ms / 100) / 10
