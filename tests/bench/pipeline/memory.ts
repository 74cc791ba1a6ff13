import { setTimeout as pause } from 'node:timers/promises'
import { openFakeTencent } from '../../fake-tencent/main.ts'
import { productEnv, type BenchStore } from '../brand.ts'
import type { Cores } from '../cores.ts'
import { ownMb, residentMb, startProduct } from '../processes.ts'
import type { Figure, Options } from '../report.ts'
import { mallDelivery } from './events.ts'

/** As many as `prefill.ts` spreads the customers over. */
export const staff = 200
const publicUrl = 'http://brand.test'
const sampleMs = 5_000
/** Events are stored in steps of this. */
const stepMs = 100

/** Most memory that was seen from the second minute on, in MB. */
interface Peak {
  product: number
  productOwn: number
  engineOwn: number
}

/**
 * The whole product, with loops and phones to ring, at a steady rate of events of customers from among all that the store
 * was filled with: what its process and the store engine's hold after so many minutes.
 */
export async function measureMemory(cores: Cores, options: Options, store: BenchStore, customers: number): Promise<Figure[]> {
  return underLoad(cores, store, { customers, minutes: options.number('minutes', 10), rate: options.number('memory-rate', 100) })
}

interface Load {
  customers: number
  minutes: number
  rate: number
}

async function underLoad(cores: Cores, store: BenchStore, load: Load): Promise<Figure[]> {
  const tencent = await openFakeTencent({ clock: { now: () => new Date() } })
  for (let index = 0; index < staff; index += 1) tencent.staff(`staff${index}`)
  const env = { ...productEnv(store.dataDir), PUBLIC_URL: publicUrl, ...tencent.env() }
  const product = await startProduct(env, { core: cores.product, cwd: store.folder })
  try {
    tencent.connect(`http://127.0.0.1:${product.port}`, publicUrl)
    const peak: Peak = { product: 0, productOwn: 0, engineOwn: 0 }
    const stored = await feed(store, load, () => sample(peak, product.pid, store.pid))
    const { waiting } = await store.stores.inbox.depth()
    const named = `${load.customers.toLocaleString('en')} customers, ${load.minutes} minutes at ${load.rate} events/s`
    return [
      { name: `${named}: product, resident now`, value: residentMb(product.pid), unit: 'MB', goal: { atMost: 512 } },
      { name: 'product, most resident since the first minute', value: peak.product, unit: 'MB', goal: { atMost: 512 } },
      { name: 'product, most without mapped files', value: peak.productOwn, unit: 'MB' },
      { name: 'store engine, most without mapped data', value: peak.engineOwn, unit: 'MB', goal: { atMost: 512 } },
      { name: 'events stored', value: stored, unit: '' },
      { name: 'events still waiting at the end', value: waiting, unit: '' },
    ]
  } finally {
    await product.stop()
    await tencent.close()
  }
}

/** Stores the events of the time at the rate; samples beside it from the second minute on. */
async function feed(store: BenchStore, { customers, minutes, rate }: Load, look: () => void): Promise<number> {
  const started = Date.now()
  const until = started + minutes * 60_000
  let [stored, sampled] = [0, started + 60_000]
  while (Date.now() < until) {
    const due = Math.floor(((Date.now() - started) * rate) / 1000) - stored
    const from = new Date(Date.now() - stored)
    const batch = Array.from({ length: due }, (_, index) => mallDelivery(stored + index, customers, from))
    if (batch.length > 0) await store.stores.inbox.accept(batch)
    stored += batch.length
    if (Date.now() - sampled >= sampleMs) {
      look()
      sampled = Date.now()
    }
    await pause(stepMs)
  }
  return stored
}

function sample(peak: Peak, product: number, engine: number): void {
  peak.product = Math.max(peak.product, residentMb(product))
  peak.productOwn = Math.max(peak.productOwn, ownMb(product))
  peak.engineOwn = Math.max(peak.engineOwn, ownMb(engine))
}
