import { fileURLToPath } from 'node:url'
import { loadConfig } from '../config/load.ts'
import { environment } from './environment.ts'
import { ConfigInvalid } from './domain/errors.ts'
import { createLog } from './log.ts'
import { startServer, type RunningServer } from './server.ts'

/** A stop takes what is under way along; what a silent Tencent holds up longer is safe to leave to the next start. */
const stopWithinMs = 8_000

/**
 * `npm start`: the product from the environment, and from `.env` where the environment says nothing. Prints every
 * problem of the configuration and exits 1; on SIGTERM finishes what is under way and exits 0.
 */
async function main(): Promise<void> {
  const log = createLog()
  const stopping = { server: null as RunningServer | null, now: false, drainMs: 0 }
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping.now) return
    stopping.now = true
    log.info({ signal }, 'stopping')
    const drainMs = stopping.server ? stopping.drainMs : 0
    setTimeout(() => exit(log, 'stopped before all was finished'), drainMs + stopWithinMs)
    stopping.server?.drain()
    await new Promise((resolve) => setTimeout(resolve, drainMs))
    await stopping.server?.close().catch((error: unknown) => log.warn({ err: error }, 'not everything could be closed'))
    exit(log, 'stopped')
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)

  const config = loadConfig(environment())
  for (const warning of config.warnings) log.warn({}, warning)
  const pagesRoot = fileURLToPath(new URL('../sidebar', import.meta.url))
  const server = await startServer(config, { clock: { now: () => new Date() }, log, pagesRoot })
  stopping.server = server
  stopping.drainMs = config.drainMs
  log.info({ url: config.publicUrl, port: server.port }, `ready: ${config.publicUrl}`)
}

function exit(log: ReturnType<typeof createLog>, how: string): void {
  log.info({}, how)
  process.exit(0)
}

main().catch((error: unknown) => {
  if (error instanceof ConfigInvalid) for (const problem of error.problems) console.error(problem)
  else console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
