import { loadConfig } from '../../config/load.ts'
import { backup } from '../adapters/mongo/backup.ts'
import { ConfigInvalid } from '../domain/errors.ts'
import { openEngine } from '../engine.ts'
import { environment } from '../environment.ts'
import { storeName } from './store-name.ts'

const usage = ['npm run backup -- FILE   (a new file; .gz by nature)']

export interface BackupDeps {
  uri: string
  /** What `uri` is to people, without user and password. */
  store: string
  now: () => Date
  write: (text: string) => void
  warn: (text: string) => void
}

/**
 * What `npm run backup` says: one line of JSON; gives the exit code. An archive of nothing is written all the same, but is
 * no success (2): a mistyped DATA_DIR is an empty store. @throws ConfigInvalid with the usage; as `backup`
 */
export async function backupCommand(args: readonly string[], { uri, store, now, write, warn }: BackupDeps): Promise<0 | 2> {
  const [file, ...more] = args
  if (file === undefined || file.startsWith('-') || more.length > 0) throw new ConfigInvalid(usage)
  const { begunAt, endedAt, collections } = await backup(uri, file, now)
  const counts = Object.fromEntries(Object.entries(collections).map(([name, { count }]) => [name, count]))
  const documents = Object.values(counts).reduce((sum, count) => sum + count, 0)
  write(`${JSON.stringify({ file, store, begunAt, endedAt, documents, collections: counts })}\n`)
  if (documents > 0) return 0
  warn(`! 备份里什么都没有：${store} 是空的。是这个库吗？\n  The archive is empty, because ${store} is. Is that the store you meant?\n`)
  return 2
}

async function main(): Promise<void> {
  const config = loadConfig(environment())
  const engine = await openEngine(config)
  try {
    process.exitCode = await backupCommand(process.argv.slice(2), {
      uri: engine.uri,
      store: storeName(config),
      now: () => new Date(),
      write: (text) => process.stdout.write(text),
      warn: (text) => process.stderr.write(text),
    })
  } finally {
    await engine.close()
  }
}

if (process.argv[1] && import.meta.url === new URL(`file://${process.argv[1]}`).href) {
  main().catch((error: unknown) => {
    const problems =
      error instanceof ConfigInvalid ? error.problems : [error instanceof Error ? error.message : String(error)]
    for (const problem of problems) console.error(problem)
    process.exitCode = 1
  })
}
