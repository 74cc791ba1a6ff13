import { parseArgs } from 'node:util'
import { loadConfig } from '../../config/load.ts'
import { openStores } from '../adapters/mongo/connect.ts'
import { ConfigInvalid } from '../domain/errors.ts'
import { percentOf, type LinkRate } from '../domain/link-state.ts'
import { fingerprints } from '../edge/fingerprint.ts'
import { openEngine } from '../engine.ts'
import { environment } from '../environment.ts'
import { reasonsOf } from '../http/link-rate.ts'
import { createLog } from '../log.ts'
import { createCountLinks } from '../usecases/count-links.ts'
import { createRecording } from '../usecases/recording.ts'
import { storeName } from './store-name.ts'

const usage = 'npm run link-rate -- [--json]'

/** `npm run link-rate`: how many of our people are linked, now, and why the others are not; also while the server runs. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
  const config = loadConfig(environment())
  const engine = await openEngine(config)
  const stores = await openStores({ uri: engine.uri, log: createLog({ level: 'error' }) })
  try {
    const recording = createRecording({ ...stores, takeFingerprint: fingerprints(config.identitySecret) })
    const appId = config.officialAccount?.appId ?? null
    const { count } = createCountLinks({ ...stores, recording, appId, timeZone: config.hours.timeZone, clock: { now: () => new Date() } })
    const rate = await count()
    process.stdout.write(values.json ? `${JSON.stringify({ ...rate, percent: percentOf(rate) })}\n` : tableOf(rate, storeName(config)))
  } finally {
    await stores.close()
    await engine.close()
  }
}

/** The rate, then one reason a line with the way that will work. `store`: where the people were looked for. */
export function tableOf(rate: LinkRate, store: string): string {
  if (rate.people === 0 && rate.paused === 0) {
    return `还没有任何人 · there are no people yet\n          在这里找的 looked in: ${store}\n          员工加上客户、客户关注公众号或打开文章以后就有了；库不对时检查 DATA_DIR 或 MONGODB_URI\n          they come with contacts, followers and readers; if this is another store, see DATA_DIR or MONGODB_URI\n`
  }
  const head = `已关联 linked  ${rate.linked} / ${rate.people}  ${percentOf(rate)} %\n`
  const lines = reasonsOf(rate).map(({ count, text, english, wayText, wayEnglish, guide }) => {
    const where = guide === null ? '' : `\n          docs/operator-guide.md, step ${guide}`
    return `${String(count).padStart(8)}  ${text}\n          ${english}\n          → ${wayText}\n            ${wayEnglish}${where}\n`
  })
  const rest = `不计入 not counted: 暂停记录 paused ${rate.paused}；已删除的没有留下 of the erased nothing is left；快照页打开 openings by snapshot identities ${rate.snapshots}\n`
  return `${head}${lines.join('')}${rest}          ${store}\n`
}

if (process.argv[1] && import.meta.url === new URL(`file://${process.argv[1]}`).href) {
  main().catch((error: unknown) => {
    const isOurs = error instanceof ConfigInvalid
    for (const problem of isOurs ? error.problems : [error instanceof TypeError ? usage : String(error)]) console.error(problem)
    process.exitCode = 1
  })
}
