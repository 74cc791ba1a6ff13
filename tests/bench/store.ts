import { openBenchStore } from './brand.ts'
import { layOut, pinMyself, type Cores } from './cores.ts'
import { ownMb, runPart } from './processes.ts'
import type { Bench, Figure, Options, Report } from './report.ts'
import type { Worked, WorkPlan } from './store/work.ts'

/** The embedded engine and, beside it, the server that MONGODB_URI names: the same work through the same driver. */
export const store: Bench = {
  name: 'store',
  about: 'insert, point read, find-and-modify, range [--documents 100000 | --long (1,000,000)] [--operations 5000]; MONGODB_URI beside it',
  async run(options: Options): Promise<Report> {
    const cores = layOut()
    pinMyself(cores.store)
    const plan = { documents: options.number('documents', options.flag('long') ? 1_000_000 : 100_000), operations: options.number('operations', 5_000) }
    const other = process.env['MONGODB_URI']
    const figures = await embedded(cores, plan)
    if (other) figures.push(...figuresOf('MONGODB_URI', await work(cores, { ...plan, uri: other })))
    const notes = [
      cores.told,
      `${plan.documents.toLocaleString('en')} documents of some 300 bytes, an index beside _id; every write is acknowledged by the majority, journaled`,
      ...(other ? [] : ['MONGODB_URI is not set: no other server beside it']),
    ]
    return { bench: 'store', figures, notes }
  },
}

async function embedded(cores: Cores, plan: Omit<WorkPlan, 'uri'>): Promise<Figure[]> {
  const opened = await openBenchStore()
  try {
    const worked = await work(cores, { ...plan, uri: opened.uri })
    return [...figuresOf('embedded', worked), { name: 'embedded: memory of the engine itself', value: ownMb(opened.pid), unit: 'MB', goal: { atMost: 512 } }]
  } finally {
    await opened.close()
  }
}

function work(cores: Cores, plan: WorkPlan): Promise<Worked> {
  return runPart<Worked>('./store/work.ts', plan, { core: cores.product })
}

function figuresOf(which: string, { perSecond, p99 }: Worked): Figure[] {
  return Object.entries(perSecond).flatMap(([name, value]) => [
    { name: `${which}: ${name}`, value, unit: '/s' },
    ...(p99[name] === undefined ? [] : [{ name: `${which}: ${name}, p99`, value: p99[name], unit: 'ms' }]),
  ])
}
