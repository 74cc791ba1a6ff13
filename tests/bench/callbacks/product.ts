import { randomUUID } from 'node:crypto'
import { brandEnv, mira } from '../../fake-tencent/brand.ts'
import { productEnv, type BenchStore } from '../brand.ts'
import type { Cores } from '../cores.ts'
import { processorSeconds, residentMb, startProduct } from '../processes.ts'

/** Nobody listens there: what is measured asks Tencent nothing. */
const nobody = 'http://127.0.0.1:9'
/** All that one process of a brand claims; held here, the product under measurement only receives (I3). */
const leases = ['worker', 'sync-contacts', 'reconcile-shop']

/** The product whose work another process of the brand does. */
export async function openReceiver(store: BenchStore, cores: Cores, profile: string | null) {
  const holder = randomUUID()
  const hold = () => Promise.all(leases.map((name) => store.stores.leases.hold(name, holder, 60_000)))
  await hold()
  const holding = setInterval(() => void hold(), 20_000)
  const bases = { weComApi: nobody, weChatApi: nobody, weChatOpen: nobody, weComLogin: nobody, weChatPay: nobody }
  const env = Object.entries({ ...productEnv(store.dataDir), ...brandEnv(mira, bases) }).filter(([name]) => !name.startsWith('WXPAY_'))
  const nodeFlags = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const product = await startProduct(Object.fromEntries(env), { core: cores.product, cwd: store.folder, nodeFlags })
  return {
    port: product.port,
    /** Processor seconds so far. */
    processor: () => ({ product: processorSeconds(product.pid), engine: processorSeconds(store.pid) }),
    residentMb: () => residentMb(product.pid),
    async stop() {
      clearInterval(holding)
      await product.stop()
    },
  }
}
