import { loadConfig } from '../../config/load.ts'
import { eventsOfSnapshot, snapshotDelivery } from '../../webhooks/wechat-shop/reconciled.ts'
import { openStores } from '../adapters/mongo/connect.ts'
import { openTencent } from '../adapters/tencent/open.ts'
import { ConfigInvalid } from '../domain/errors.ts'
import { openEngine } from '../engine.ts'
import { environment } from '../environment.ts'
import { createLog } from '../log.ts'
import { createCreditMembers } from '../usecases/credit-members.ts'
import { createReconcileShop } from '../usecases/reconcile-shop.ts'

/**
 * `npm run reconcile`: asks the WeChat shop at once what its callbacks did not tell, which the server does every hour.
 * What was missed waits in the inbox for the server; also while it runs. Prints one JSON line.
 */
async function main(): Promise<void> {
  const config = loadConfig(environment())
  if (config.shop === null) throw new ConfigInvalid(['SHOP_APP_ID is not set: there is no shop to reconcile'])
  const clock = { now: () => new Date() }
  const log = createLog({ level: 'warn' })
  const engine = await openEngine(config)
  const stores = await openStores({ uri: engine.uri, log })
  try {
    const { shop } = openTencent({ config, clock, log, tokens: stores.tokens, leases: stores.leases })
    const base = { ...stores, shop, clock, log }
    const creditMembers = createCreditMembers(base)
    const reconcile = createReconcileShop({ ...base, creditMembers, eventsOf: eventsOfSnapshot, toDelivery: snapshotDelivery })
    process.stdout.write(`${JSON.stringify(await reconcile())}\n`)
  } finally {
    await stores.close()
    await engine.close()
  }
}

main().catch((error: unknown) => {
  const problems = error instanceof ConfigInvalid ? error.problems : [error instanceof Error ? error.message : String(error)]
  for (const problem of problems) console.error(problem)
  process.exitCode = 1
})
