import { loadConfig } from '../../config/load.ts'
import { backup } from '../adapters/mongo/backup.ts'
import { ConfigInvalid } from '../domain/errors.ts'
import { openEngine } from '../engine.ts'
import { environment } from '../environment.ts'

const usage = ['npm run backup -- FILE   (a new file; .gz by nature)']

/** What `npm run backup` says: one line of JSON. @throws ConfigInvalid with the usage; as `backup` */
export async function backupCommand(
  args: readonly string[],
  uri: string,
  now: () => Date,
  write: (text: string) => void,
): Promise<void> {
  const [file, ...more] = args
  if (file === undefined || file.startsWith('-') || more.length > 0) throw new ConfigInvalid(usage)
  const { begunAt, endedAt, collections } = await backup(uri, file, now)
  const counts = Object.fromEntries(Object.entries(collections).map(([name, { count }]) => [name, count]))
  write(
    `${JSON.stringify({ file, begunAt, endedAt, documents: Object.values(counts).reduce((sum, count) => sum + count, 0), collections: counts })}\n`,
  )
}

async function main(): Promise<void> {
  const engine = await openEngine(loadConfig(environment()))
  try {
    await backupCommand(
      process.argv.slice(2),
      engine.uri,
      () => new Date(),
      (text) => process.stdout.write(text),
    )
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
