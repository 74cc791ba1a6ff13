import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBenchStore } from './brand.ts'
import { accounts, prepareRequests } from './callbacks/mix.ts'
import type { LoadPlan, LoadResult } from './callbacks/load.ts'
import { openReceiver } from './callbacks/product.ts'
import { layOut, pinMyself, type Cores } from './cores.ts'
import type { Times } from './percentiles.ts'
import { runPart, startPart } from './processes.ts'
import type { Bench, Figure, Options, Report } from './report.ts'

/** How one measurement is cut. */
interface Cut {
  warm: number
  count: number
  open: number
  perSecond: number
  connections: number
}

interface Setting extends Cut {
  cores: Cores
  file: string
}

const floors = [
  ['node:http doing nothing', './callbacks/floor-idle.ts'],
  ['node:http + node:crypto, string scan', './callbacks/floor-crypto.ts'],
  ['koa + own crypto + xml2js', './callbacks/floor-koa.ts'],
  ['peer co-wechat', './callbacks/peer-co-wechat.ts'],
] as const

/**
 * How many callbacks a second are stored before they are acked, against floors that store nothing, in the same run
 * (B1). Then an open loop, whose times count from when a request was due, and the store is counted.
 */
export const callbacks: Bench = {
  name: 'callbacks',
  about: 'acked callbacks per second against floors [--count 100000] [--open-seconds 10] [--connections 32] [--product-only] [--profile DIR]',
  async run(options: Options): Promise<Report> {
    const cores = layOut()
    pinMyself(cores.store)
    const folder = await mkdtemp(join(tmpdir(), 'bench-requests-'))
    try {
      const cut = cutOf(options)
      const setting = { ...cut, cores, file: join(folder, 'requests') }
      prepareRequests(setting.file, cut.warm + cut.count + cut.open)
      return await measure(setting, options)
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}

function cutOf(options: Options): Cut {
  const [count, perSecond] = [options.number('count', 100_000), 1_000]
  const open = Math.round(options.number('open-seconds', 10) * perSecond)
  return { warm: Math.min(4_000, count), count, open, perSecond, connections: options.number('connections', 32) }
}

async function measure(setting: Setting, options: Options): Promise<Report> {
  const rates = new Map<string, number>()
  let idle: Times | null = null
  for (const [name, file] of options.flag('product-only') ? [] : floors) {
    const floor = startPart(file, accounts, { core: setting.cores.product })
    const { port } = await floor.next<{ port: number }>()
    rates.set(name, await closedLoop(setting, port))
    idle ??= (await openLoop(setting, port)).times
    await floor.stop()
  }
  const floor = rates.get(floors[1][0]) ?? 0
  const peer = rates.get('peer co-wechat') ?? 0
  const stored = await measureProduct(setting, options)
  const pair = await measurePair(setting)
  const hasCores = setting.cores.count >= 4
  const figures: Figure[] = [
    ...[...rates].map(([name, rate]) => ({ name: `floor: ${name}`, value: rate, unit: '/s' })),
    { name: 'product: durable before ack, the work done elsewhere', value: stored.rate, unit: '/s' },
    { name: 'product / (http + crypto)', value: stored.rate / floor, unit: '', goal: { atLeast: 0.3 } },
    { name: 'product / peer that stores nothing', value: stored.rate / peer, unit: '', goal: { atLeast: 1 } },
    { name: 'two processes on one store', value: pair, unit: '/s' },
    {
      name: 'two processes / one',
      value: pair / stored.rate,
      unit: '',
      ...(hasCores ? { goal: { atLeast: 1.6 } } : { note: 'no verdict: fewer than four cores' }),
    },
    { name: 'store engine: processor time per callback', value: stored.engineMicros, unit: 'us' },
    { name: 'product: processor time per callback', value: stored.productMicros, unit: 'us' },
    { name: 'load: processor time per callback', value: stored.loadMicros, unit: 'us' },
    { name: `open loop ${setting.perSecond}/s: p50 of the product`, value: stored.open.p50, unit: 'ms' },
    { name: `open loop ${setting.perSecond}/s: p99 of node:http doing nothing`, value: idle?.p99 ?? 0, unit: 'ms' },
    { name: 'fsync of 4 KB in the data folder: p99', value: stored.fsync.p99, unit: 'ms' },
    {
      name: `open loop ${setting.perSecond}/s: p99 of the product`,
      value: stored.open.p99,
      unit: 'ms',
      goal: { atMost: (idle?.p99 ?? 0) + 3 * stored.fsync.p99 },
      note: 'idle p99 + 3 x fsync p99',
    },
    { name: 'acked', value: stored.acked, unit: '' },
    { name: 'acked but not stored', value: stored.acked - stored.counted, unit: '', goal: { atMost: 0 } },
    { name: 'product: resident memory after it', value: stored.productMb, unit: 'MB' },
  ]
  const notes = [
    setting.cores.told,
    `${setting.count.toLocaleString('en')} distinct secure-mode callbacks over ${setting.connections} connections, after ${setting.warm} to warm up`,
    'the peer gets the same requests; its answers are sealed, as its manual has it',
  ]
  return { bench: 'callbacks', figures, notes }
}

async function measureProduct(setting: Setting, options: Options) {
  const store = await openBenchStore()
  try {
    const fsync = await runPart<Times>('./callbacks/fsync-probe.ts', { folder: store.dataDir, count: 1_000 }, { core: setting.cores.load })
    const receiver = await openReceiver(store, setting.cores, options.text('profile'))
    await closedLoop({ ...setting, count: 0 }, receiver.port)
    const before = receiver.processor()
    const closed = await load(setting, { port: receiver.port, from: setting.warm, count: setting.count, perSecond: null })
    const after = receiver.processor()
    const open = await openLoop(setting, receiver.port)
    const productMb = receiver.residentMb()
    await receiver.stop()
    const counted = (await store.stores.inbox.depth()).waiting
    const perCallback = 1e6 / setting.count
    return {
      rate: setting.count / closed.seconds,
      fsync,
      open: open.times,
      acked: setting.warm + (closed.statuses[200] ?? 0) + (open.statuses[200] ?? 0),
      counted,
      productMb,
      engineMicros: (after.engine - before.engine) * perCallback,
      productMicros: (after.product - before.product) * perCallback,
      loadMicros: closed.processor * perCallback,
    }
  } finally {
    await store.close()
  }
}

/** Callbacks a second that two processes store together, half of the load on each, in a store of their own. */
async function measurePair(setting: Setting): Promise<number> {
  const { cores, warm, count } = setting
  const store = await openBenchStore()
  try {
    const one = await openReceiver(store, cores, null)
    const two = await openReceiver(store, { ...cores, product: cores.second ?? cores.product }, null)
    for (const { port } of [one, two]) await closedLoop({ ...setting, count: 0 }, port)
    const half = Math.floor(count / 2)
    const loads = [one, two].map(({ port }, index) => load(setting, { port, from: warm + index * half, count: half, perSecond: null }))
    const results = await Promise.all(loads)
    for (const result of results) onlyAcks(result)
    await Promise.all([one.stop(), two.stop()])
    return (2 * half) / Math.max(...results.map(({ seconds }) => seconds))
  } finally {
    await store.close()
  }
}

/** Callbacks a second, after the warm-up. @throws Error when an answer is not 200 */
async function closedLoop(setting: Setting, port: number): Promise<number> {
  onlyAcks(await load(setting, { port, from: 0, count: setting.warm, perSecond: null }))
  if (setting.count === 0) return 0
  const { seconds, statuses } = await load(setting, { port, from: setting.warm, count: setting.count, perSecond: null })
  onlyAcks({ statuses })
  return setting.count / seconds
}

function openLoop({ perSecond, ...setting }: Setting, port: number): Promise<LoadResult> {
  return load({ ...setting, perSecond }, { port, from: setting.warm + setting.count, count: setting.open, perSecond })
}

function load({ cores, file, connections }: Setting, plan: Pick<LoadPlan, 'port' | 'from' | 'count' | 'perSecond'>): Promise<LoadResult> {
  return runPart('./callbacks/load.ts', { file, connections, ...plan }, { core: cores.load })
}

function onlyAcks({ statuses }: Pick<LoadResult, 'statuses'>): void {
  const other = Object.entries(statuses).filter(([status]) => status !== '200')
  if (other.length > 0) throw new Error(`answered otherwise than 200: ${JSON.stringify(Object.fromEntries(other))}`)
}
