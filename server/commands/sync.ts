import { randomUUID } from 'node:crypto'
import { loadConfig } from '../../config/load.ts'
import { shippedRules } from '../../config/rules.ts'
import { loadSentences } from '../../config/sentences.ts'
import { openSources } from '../../webhooks/inbound/sources.ts'
import { openStores, type Stores } from '../adapters/mongo/connect.ts'
import { openTencent } from '../adapters/tencent/open.ts'
import { compose } from '../compose.ts'
import { ConfigInvalid } from '../domain/errors.ts'
import { openEngine } from '../engine.ts'
import { environment } from '../environment.ts'
import { createLog } from '../log.ts'
import { exitCodeOf, logDisplay, summaryLines, terminalDisplay } from './sync-display.ts'

/** The server's nightly job holds the same lease: they exclude each other. */
const leaseName = 'sync-contacts'
const ttlMs = 30_000
/** A process that was killed keeps others waiting for its ttl. */
const waitMs = ttlMs + 5_000

/**
 * `npm run sync`: members, departments, contacts, tags and followers at once, as the server does every night; also while
 * it runs. Goes on where an earlier run was stopped. Exit code 0: all was read; 2: Tencent refused something, which was left
 * out and is explained; 1: not finished, or another process synchronises.
 */
async function main(): Promise<void> {
  const config = loadConfig(environment())
  const clock = { now: () => new Date() }
  const nowMs = () => performance.now()
  const isTerminal = process.stderr.isTTY
  const log = createLog({ level: isTerminal ? 'fatal' : 'info', destination: process.stderr })
  const engine = await openEngine(config)
  const stores = await openStores({ uri: engine.uri, log })
  try {
    const held = await holdLease(stores)
    if (!held) {
      console.error('另一个进程正在同步，请稍后再试 · another process is synchronising: try again later')
      process.exitCode = 1
      return
    }
    const tencent = openTencent({ config, clock, log, tokens: stores.tokens, leases: stores.leases })
    const inboundSources = openSources(config.inbound, config.identitySecret)
    const { synchronise } = compose({ config, stores, tencent, rules: shippedRules, sentences: loadSentences(), inboundSources, clock, log })
    const display = isTerminal ? terminalDisplay(process.stderr, nowMs) : logDisplay(log, nowMs)
    try {
      const summary = await synchronise(display.watch)
      display.end()
      for (const line of summaryLines(summary)) console.log(line)
      process.exitCode = exitCodeOf(summary)
    } finally {
      await held.release()
    }
  } finally {
    await stores.close()
    await engine.close()
  }
}

/** Null: another process has it and keeps it. Renewed until it is released; a stop by the keyboard gives it back at once. */
async function holdLease({ leases }: Stores): Promise<{ release(): Promise<void> } | null> {
  const holder = randomUUID()
  const until = performance.now() + waitMs
  while (!(await leases.hold(leaseName, holder, ttlMs))) {
    if (performance.now() > until) return null
    await new Promise((go) => setTimeout(go, 1_000))
  }
  const renewing = setInterval(() => void leases.hold(leaseName, holder, ttlMs).catch(() => {}), ttlMs / 3)
  const release = async () => {
    clearInterval(renewing)
    await leases.release(leaseName, holder).catch(() => {})
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void release().finally(() => process.exit(130)))
  return { release }
}

main().catch((error: unknown) => {
  const problems = error instanceof ConfigInvalid ? error.problems : [error instanceof Error ? error.message : String(error)]
  for (const problem of problems) console.error(problem)
  process.exitCode = 1
})
