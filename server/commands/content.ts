import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { loadConfig } from '../../config/load.ts'
import { openStores } from '../adapters/mongo/connect.ts'
import { openTencent } from '../adapters/tencent/open.ts'
import { BadRequest, ConfigInvalid, TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import { openEngine } from '../engine.ts'
import { environment } from '../environment.ts'
import { createLog } from '../log.ts'
import { createAddContent } from '../usecases/add-content.ts'

const usage = 'npm run content -- add --title T (--url URL | --markdown FILE) [--cover URL]'

/** `npm run content -- add …`: adds an article and prints one JSON line `{ "id", "urls" }`; also while the server runs. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { title: { type: 'string' }, url: { type: 'string' }, markdown: { type: 'string' }, cover: { type: 'string' } },
  })
  if (positionals[0] !== 'add' || values.title === undefined) throw new ConfigInvalid([usage])
  const config = loadConfig(environment())
  const clock = { now: () => new Date() }
  const log = createLog({ level: 'error' })
  const engine = await openEngine(config)
  const stores = await openStores({ uri: engine.uri, log })
  try {
    const { directory } = openTencent({ config, clock, log, tokens: stores.tokens, leases: stores.leases })
    try {
      await stores.staffDirectory.replaceAll(await directory.followUsers(), clock.now())
    } catch (error) {
      if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
      console.error(`members as last read: ${error.message}`)
    }
    const addContent = createAddContent({
      library: stores.contentLibrary,
      staffDirectory: stores.staffDirectory,
      clock,
      publicUrl: config.publicUrl,
      newId: randomUUID,
    })
    const markdown = values.markdown === undefined ? null : await readFile(values.markdown, 'utf8')
    const added = await addContent({ title: values.title, url: values.url ?? null, markdown, cover: values.cover ?? null })
    process.stdout.write(`${JSON.stringify(added)}\n`)
  } finally {
    await stores.close()
    await engine.close()
  }
}

main().catch((error: unknown) => {
  const problems = error instanceof ConfigInvalid ? error.problems : [error instanceof BadRequest ? error.problem : String(error)]
  for (const problem of problems) console.error(problem)
  process.exitCode = 1
})
