import { loadConfig } from '../config/load.ts'
import { ConfigInvalid } from './domain/errors.ts'
import { createLog } from './log.ts'
import { startServer } from './server.ts'

/** `npm start`: the product from the environment. Prints every problem of it and exits 1; stops cleanly on SIGTERM. */
async function main(): Promise<void> {
  const log = createLog()
  const config = loadConfig(process.env)
  const pagesRoot = new URL('../sidebar', import.meta.url).pathname
  const server = await startServer(config, { clock: { now: () => new Date() }, log, pagesRoot })
  log.info({ url: config.publicUrl, port: server.port }, `ready: ${config.publicUrl}`)

  let stopping = false
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping')
    await server.close()
    log.info({}, 'stopped')
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

main().catch((error: unknown) => {
  if (error instanceof ConfigInvalid) for (const problem of error.problems) console.error(problem)
  else console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
