import { parseArgs } from 'node:util'
import { loadConfig } from '../../config/load.ts'
import { shippedRules } from '../../config/rules.ts'
import { openSources } from '../../webhooks/inbound/sources.ts'
import { deliveryReader } from '../../webhooks/read.ts'
import { openStores, type Stores } from '../adapters/mongo/connect.ts'
import { openScratch } from '../adapters/mongo/scratch.ts'
import { ConfigInvalid } from '../domain/errors.ts'
import type { Rule } from '../domain/rule.ts'
import { fingerprints } from '../edge/fingerprint.ts'
import { openEngine } from '../engine.ts'
import { environment } from '../environment.ts'
import { fingerprint, printOfRules } from '../fingerprint.ts'
import { createLog } from '../log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { ReadDelivery } from '../../webhooks/read.ts'
import { createRecording } from '../usecases/recording.ts'
import { createRememberEvents } from '../usecases/remember-events.ts'
import { kindWords } from '../usecases/rebuild/compare-lines.ts'
import { repairDerived } from '../usecases/rebuild/repair-derived.ts'
import { verifyRebuild, type KindReport, type RebuildReport } from '../usecases/rebuild/verify-rebuild.ts'

const usage = [
  'npm run rebuild            makes memory and signals anew from the stored events',
  'npm run rebuild -- --verify [--json]   compares',
]

export interface RebuildDeps {
  stores: Stores
  /** Address of the stores, beside which two empty databases are made. */
  uri: string
  identitySecret: string
  read: ReadDelivery
  rules: readonly Rule[]
  clock: Clock
  log: Log
  write: (text: string) => void
}

/** How it ended: 0 all is as it should be; 1 differences; 2 events were handled meanwhile, so that nothing can be said. */
export type ExitCode = 0 | 1 | 2

const otherHandsTtlMs = 3600_000

/**
 * `npm run rebuild`: puts derived state right. With `--verify` nothing is changed: links, timelines, memory and signals
 * are made anew from bytes and observations, twice, and compared with what is stored. @throws ConfigInvalid with the usage
 */
export async function rebuildCommand(args: readonly string[], deps: RebuildDeps): Promise<ExitCode> {
  const { verify, json } = optionsOf(args)
  const { stores, write } = deps
  const holder = `${process.pid}-${Math.random()}`
  if (!(await stores.leases.hold('rebuild', holder, otherHandsTtlMs)))
    throw new ConfigInvalid(['another rebuild is under way'])
  try {
    return await (verify ? verifies(json) : repairs())
  } finally {
    await stores.leases.release('rebuild', holder)
  }

  async function repairs(): Promise<ExitCode> {
    const rememberEvents = createRememberEvents({ ...stores, rules: deps.rules })
    const { persons, raised, fallen, dropped } = await repairDerived({ ...stores, rememberEvents, clock: deps.clock })
    write(
      `${persons} persons: ${raised} signals put back, ${fallen} taken back, ${dropped} memories of nobody dropped\n`,
    )
    return 0
  }

  async function verifies(asJson: boolean): Promise<ExitCode> {
    const recording = createRecording({ ...stores, takeFingerprint: fingerprints(deps.identitySecret) })
    const report = await verifyRebuild({
      ...deps,
      live: stores,
      marksOf: recording.marksOf,
      openScratch: (name) => openScratch(deps.uri, `rebuild-${name}`),
      fingerprint,
      rulesPrint: printOfRules(deps.rules),
    })
    write(asJson ? `${JSON.stringify(report)}\n` : textOf(report))
    if (report.equal) return 0
    return report.moving ? 2 : 1
  }
}

function optionsOf(args: readonly string[]) {
  try {
    const options = { verify: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } } as const
    return parseArgs({ args: [...args], options }).values
  } catch {
    throw new ConfigInvalid(usage)
  }
}

function textOf(report: RebuildReport): string {
  const { deliveries, unreadable, waiting, verifiableFrom, given, moving, equal } = report
  const notes = [
    `${deliveries} deliveries read again, in two orders`,
    ...(unreadable > 0 ? [`${unreadable} of them cannot be read any more`] : []),
    ...(waiting > 0 ? [`${waiting} wait in the inbox and are no part of this`] : []),
    verifiableFrom
      ? `can be verified from ${verifiableFrom.toISOString().slice(0, 10)} on; of before, ${given.events} events and ${given.joins} joins were taken as they are`
      : 'can be verified from the beginning',
    ...(given.signals > 0
      ? [`${given.signals} signals of before a join, or of other rules, were taken as they are`]
      : []),
    ...report.kinds.flatMap(linesOf),
    equal ? 'equal' : moving ? 'events were handled meanwhile: run it again in a quiet minute' : 'NOT equal',
  ]
  return `${notes.join('\n')}\n`
}

function linesOf({ kind, count, hashes, equal, differences }: KindReport): string[] {
  const head = `${kindWords[kind].padEnd(10)}${equal ? 'equal' : 'DIFFERENT'}  ${count}  ${hashes.live}`
  const others = equal ? [] : [`  in order ${hashes.forward}, against it ${hashes.backward}`]
  const named = differences.map(
    ({ what, about, at, id }) => `  ${what}: ${about}${at ? `, ${at.toISOString().slice(0, 19)}Z` : ''} (${id})`,
  )
  return [head, ...others, ...named]
}

async function main(): Promise<void> {
  const config = loadConfig(environment())
  const log = createLog({ level: 'error' })
  const engine = await openEngine(config)
  const stores = await openStores({ uri: engine.uri, log })
  try {
    process.exitCode = await rebuildCommand(process.argv.slice(2), {
      stores,
      uri: engine.uri,
      identitySecret: config.identitySecret,
      read: deliveryReader(openSources(config.inbound, config.identitySecret)),
      rules: shippedRules,
      clock: { now: () => new Date() },
      log,
      write: (text) => process.stdout.write(text),
    })
  } finally {
    await stores.close()
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
