import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { loadConfig } from '../../config/load.ts'
import { picturePath } from '../../server/domain/picture.ts'
import { createLog } from '../../server/log.ts'
import { startServer } from '../../server/server.ts'
import type { StartProduct } from './demo.ts'

/** The product as it is, on the demo's clock; its log goes beside its data. */
export const startProduct: StartProduct = async (env, clock) => {
  const config = loadConfig(env)
  mkdirSync(config.dataDir, { recursive: true })
  const destination = pino.destination(join(config.dataDir, '..', 'product.log'))
  const server = await startServer(config, {
    clock,
    log: createLog({ destination }),
    pagesRoot: fileURLToPath(new URL('../../dist/sidebar', import.meta.url)),
    jsSdkUrl: null,
  })
  // Who has whom, before the page opens; on a machine too busy for it, the product's own job tries again.
  await server.useCases.syncContacts().catch(() => null)
  return {
    clockChanged: () => server.useCases.worker.wake(),
    async count() {
      await Promise.all([server.useCases.countLinks.snapshot(), server.useCases.countShares()])
    },
    async keepPicture(bytes) {
      const name = await server.stores.pictures.put(bytes, clock.now())
      return name && picturePath + name
    },
    close: () => server.close(),
  }
}
