import { parseArgs } from 'node:util'
import { loadConfig } from '../../config/load.ts'
import { openStores } from '../adapters/mongo/connect.ts'
import { ConfigInvalid } from '../domain/errors.ts'
import type { Chain } from '../domain/share-chain.ts'
import { fingerprints } from '../edge/fingerprint.ts'
import { openEngine } from '../engine.ts'
import { environment } from '../environment.ts'
import { createLog } from '../log.ts'
import { createCountShares } from '../usecases/count-shares.ts'
import { createRecording } from '../usecases/recording.ts'
import { createSeeShares, type ArticleChain } from '../usecases/see-shares.ts'

const usage = 'npm run shares -- [--json] [--kept]'

/** `npm run shares`: counts all share chains now, unless `--kept`, and prints them; also while the server runs. Names nobody but members. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, kept: { type: 'boolean', default: false } } })
  const config = loadConfig(environment())
  const engine = await openEngine(config)
  const log = createLog({ level: 'error' })
  const stores = await openStores({ uri: engine.uri, log })
  try {
    const base = { ...stores, clock: { now: () => new Date() }, log }
    if (!values.kept) await createCountShares(base)(true)
    const recording = createRecording({ ...stores, takeFingerprint: fingerprints(config.identitySecret) })
    const lookOn = { find: async () => Promise.reject(new Error('nobody looks on')) }
    const articles = await createSeeShares({ ...base, recording, lookOn }).ofArticles()
    process.stdout.write(values.json ? `${JSON.stringify(articles, null, 2)}\n` : tableOf(articles))
  } finally {
    await stores.close()
    await engine.close()
  }
}

/** One line an article, one a member's copy below it. */
export function tableOf(articles: readonly ArticleChain[]): string {
  if (articles.length === 0) return '还没有人打开过文章 · nobody has opened an article yet\n'
  const lines = articles.flatMap(({ content, whole, copies }) => [
    `${content.title}  ${wordsOf(whole)}`,
    ...copies.map(({ staffId, name, chain }) => `  ${name ?? staffId ?? '不属于谁 nobody’s'}  ${wordsOf(chain)}`),
  ])
  return `${lines.join('\n')}\n`
}

function wordsOf({ reach, depth, levels, shares, friends, contacts, anonymous }: Chain): string {
  const unnamed = anonymous.snapshot + anonymous.refused + anonymous.outside
  return [
    `读者 readers ${reach.all} (OAuth ${reach.oauth}, cookie ${reach.cookie})`,
    `层数 depth ${depth} (${levels.join('+') || '0'})`,
    `分享 shares ${shares}`,
    `朋友 friends ${friends.all} (OAuth ${friends.oauth}, cookie ${friends.cookie})`,
    `成为联系人 contacts ${contacts}`,
    `匿名打开 anonymous ${unnamed}`,
  ].join('  ')
}

if (process.argv[1] && import.meta.url === new URL(`file://${process.argv[1]}`).href) {
  main().catch((error: unknown) => {
    const isOurs = error instanceof ConfigInvalid
    for (const problem of isOurs ? error.problems : [error instanceof TypeError ? usage : String(error)]) console.error(problem)
    process.exitCode = 1
  })
}
