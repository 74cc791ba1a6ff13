import { openBenchStore, type BenchStore } from './brand.ts'
import { layOut, pinMyself, type Cores } from './cores.ts'
import type { Handled } from './pipeline/handle.ts'
import { measureLag } from './pipeline/lag.ts'
import { measureMemory, staff } from './pipeline/memory.ts'
import type { Weighings } from './pipeline/rules-stage.ts'
import { ownMb, productFlags, residentMb, runPart } from './processes.ts'
import type { Bench, Figure, Options, Report } from './report.ts'

const ruleCount = 50

/** From a stored event to alerts in the outbox, with few and with many customers; the rules stage alone; and the lag. */
export const pipeline: Bench = {
  name: 'pipeline',
  about: 'stored events to alerts [--customers 100000 | --long (1,000,000)] [--events 20000] [--lag-seconds 20] [--rate 200] [--minutes 10] [--parts handle,rules,lag,memory]',
  async run(options: Options): Promise<Report> {
    const cores = layOut()
    pinMyself(cores.store)
    const parts = (options.text('parts') ?? 'handle,rules,lag').split(',')
    const figures: Figure[] = []
    if (parts.includes('rules')) figures.push(...(await rulesStage(cores)))
    if (parts.includes('handle')) figures.push(...(await handling(cores, options, parts.includes('memory'))))
    if (parts.includes('memory') && !parts.includes('handle')) figures.push(...(await memoryAlone(cores, options)))
    if (parts.includes('lag')) figures.push(...(await measureLag(cores, options)))
    return { bench: 'pipeline', figures, notes: [cores.told, `${ruleCount} rules: those that are shipped, and variations of them`] }
  },
}

const manyOf = (options: Options) => options.number('customers', options.flag('long') ? 1_000_000 : 100_000)

function memoryAlone(cores: Cores, options: Options): Promise<Figure[]> {
  const many = manyOf(options)
  return filled(cores, many, (store) => measureMemory(cores, options, store, many))
}

async function handling(cores: Cores, options: Options, withMemory: boolean): Promise<Figure[]> {
  const many = manyOf(options)
  const events = options.number('events', 20_000)
  const few = await filled(cores, 10_000, (store) => handled(cores, store, 10_000, events))
  let memory: Figure[] = []
  const much = await filled(cores, many, async (store) => {
    const result = await handled(cores, store, many, events)
    // Filling a store takes minutes: what a product holds beside it is measured with the same one.
    if (withMemory) memory = await measureMemory(cores, options, store, many)
    return result
  })
  const named = many.toLocaleString('en')
  return [
    { name: 'events handled, 10,000 customers', value: few.rate, unit: '/s', goal: { atLeast: 3_000 } },
    { name: `events handled, ${named} customers`, value: much.rate, unit: '/s' },
    { name: `${named} customers / 10,000 customers`, value: much.rate / few.rate, unit: '', goal: { atLeast: 0.8 } },
    { name: 'of 100 events so many earned an alert', value: (few.alerts / few.events) * 100, unit: '' },
    { name: 'processor time per event: product', value: few.productMicros, unit: 'us' },
    { name: 'processor time per event: store engine', value: few.engineMicros, unit: 'us' },
    { name: `processor time per event: product, ${named}`, value: much.productMicros, unit: 'us' },
    { name: `processor time per event: store engine, ${named}`, value: much.engineMicros, unit: 'us' },
    { name: `memory of the store engine itself, ${named}`, value: much.engineOwnMb, unit: 'MB', goal: { atMost: 512 } },
    { name: `resident memory of the store engine, mapped data included, ${named}`, value: much.engineMb, unit: 'MB' },
    ...memory,
  ]
}

/** What `measure` finds with a store of so many customers. */
async function filled<T>(cores: Cores, customers: number, measure: (store: BenchStore) => Promise<T>): Promise<T> {
  const store = await openBenchStore()
  try {
    await runPart('./pipeline/prefill.ts', { uri: store.uri, customers, staff }, { core: cores.product })
    return await measure(store)
  } finally {
    await store.close()
  }
}

async function handled(cores: Cores, store: BenchStore, customers: number, events: number) {
  const counted = await handle(store, cores, customers, events)
  const perEvent = 1e6 / counted.events
  return {
    ...counted,
    engineMb: residentMb(store.pid),
    engineOwnMb: ownMb(store.pid),
    rate: counted.events / counted.seconds,
    productMicros: counted.processor * perEvent,
    engineMicros: counted.engine * perEvent,
  }
}

function handle(store: BenchStore, cores: Cores, customers: number, events: number): Promise<Handled> {
  const plan = { dataDir: store.dataDir, enginePid: store.pid, customers, events, warm: 2_000, rules: ruleCount }
  return runPart<Handled>('./pipeline/handle.ts', plan, { core: cores.product, nodeFlags: productFlags })
}

async function rulesStage(cores: Cores): Promise<Figure[]> {
  const weighed = (inTurn: boolean) =>
    runPart<Weighings>('./pipeline/rules-stage.ts', { events: 30_000, customers: 600, inTurn }, { core: cores.product })
  return [...stageFigures('rules stage', await weighed(false)), ...stageFigures('rules stage, one customer after another', await weighed(true))]
}

function stageFigures(name: string, { ours, closures, jsonRules }: Weighings): Figure[] {
  return [
    { name: `${name}: ours, per second of processor time`, value: ours.perSecond, unit: '/s', note: `${ours.signals} signals` },
    { name: `${name}: compiled closures`, value: closures.perSecond, unit: '/s', note: `${closures.signals} signals` },
    { name: `${name}: json-rules-engine`, value: jsonRules.perSecond, unit: '/s' },
    { name: `${name}: ours / compiled closures`, value: ours.perSecond / closures.perSecond, unit: '', goal: { atLeast: 0.5 } },
    { name: `${name}: ours / json-rules-engine`, value: ours.perSecond / jsonRules.perSecond, unit: '', goal: { atLeast: 100 } },
  ]
}
