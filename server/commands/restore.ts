import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { loadConfig } from '../../config/load.ts'
import { openStores } from '../adapters/mongo/connect.ts'
import { restore } from '../adapters/mongo/restore.ts'
import { ConfigInvalid } from '../domain/errors.ts'
import { fingerprints } from '../edge/fingerprint.ts'
import { openEngine } from '../engine.ts'
import { environment } from '../environment.ts'
import { createLog } from '../log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import { createEraseCustomer } from '../usecases/erase-customer.ts'
import { forgetAgain } from '../usecases/forget-again.ts'
import { storeName } from './store-name.ts'

const usage = ['npm run restore -- FILE [--empty-first] [--erased-in LATER_FILE]']

export interface RestoreDeps {
  uri: string
  /** What `uri` is to people, without user and password. */
  store: string
  /** The same as ever, or nobody knows who was erased. */
  identitySecret: string
  clock: Clock
  log: Log
  write: (text: string) => void
  warn: (text: string) => void
}

/**
 * Puts an archive into an empty store, whichever kind either is of; with `--empty-first` in place of what is there. The
 * server must not run meanwhile. @throws ConfigInvalid with the usage; as `restore`
 */
export async function restoreCommand(args: readonly string[], deps: RestoreDeps): Promise<void> {
  const { file, emptyFirst, marksOf } = optionsOf(args)
  const { uri, store, clock, log } = deps
  let forgotten = 0

  async function finish(): Promise<void> {
    const stores = await openStores({ uri, log, evenUnfinished: true })
    try {
      const takeFingerprint = fingerprints(deps.identitySecret)
      const eraseCustomer = createEraseCustomer({
        ...stores,
        takeFingerprint,
        wake: () => undefined,
        newId: randomUUID,
        clock,
      })
      forgotten = await forgetAgain({ ...stores, takeFingerprint, eraseCustomer })
    } finally {
      await stores.close()
    }
  }

  const { begunAt, collections } = await restore({
    uri,
    file,
    emptyFirst,
    ...(marksOf === undefined ? {} : { marksOf }),
    now: clock.now,
    finish,
  })
  const documents = Object.values(collections).reduce((sum, { count }) => sum + count, 0)
  deps.write(`${JSON.stringify({ file, store, begunAt, documents, toBeErasedAgain: forgotten })}\n`)
  if (documents === 0) deps.warn(`! 备份里什么都没有，${store} 还是空的。\n  The archive is empty, and so is ${store}.\n`)
}

function optionsOf(args: readonly string[]) {
  try {
    const options = { 'empty-first': { type: 'boolean', default: false }, 'erased-in': { type: 'string' } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) throw new ConfigInvalid(usage)
    return { file, emptyFirst: values['empty-first'], marksOf: values['erased-in'] }
  } catch {
    throw new ConfigInvalid(usage)
  }
}

async function main(): Promise<void> {
  const config = loadConfig(environment())
  const engine = await openEngine(config)
  try {
    await restoreCommand(process.argv.slice(2), {
      uri: engine.uri,
      store: storeName(config),
      identitySecret: config.identitySecret,
      clock: { now: () => new Date() },
      log: createLog({ level: 'error' }),
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
