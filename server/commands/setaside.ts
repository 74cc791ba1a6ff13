import { loadConfig } from '../../config/load.ts'
import { openSources } from '../../webhooks/inbound/sources.ts'
import { deliveryReader } from '../../webhooks/read.ts'
import { openStores } from '../adapters/mongo/connect.ts'
import { ConfigInvalid } from '../domain/errors.ts'
import { openEngine } from '../engine.ts'
import { environment } from '../environment.ts'
import { createLog } from '../log.ts'
import type { Inbox, LeftDelivery, LeftState } from '../ports/inbox.ts'
import { createReplayLeft, type ReplayLeft } from '../usecases/replay-left.ts'
import { readArguments, readLimit } from './arguments.ts'

const usage = [
  'npm run setaside -- [--unrecognised] [--limit 50]',
  'npm run setaside -- --show ID',
  'npm run setaside -- replay ID',
  'npm run setaside -- replay --all [--unrecognised]',
]
const options = {
  unrecognised: { type: 'boolean', default: false },
  all: { type: 'boolean', default: false },
  show: { type: 'string' },
  limit: { type: 'string', default: '50' },
} as const
/** So much of a message is shown: it may hold what a customer wrote. */
const shownBytes = 2048

export interface SetAsideDeps {
  inbox: Inbox
  replayLeft: ReplayLeft
  write: (text: string) => void
}

/**
 * What could not be read or handled: a list with reasons and sizes, one message's first bytes on demand, and the replay
 * after a fix. Unrecognised ones only when asked for: most are of no use to anybody. @throws ConfigInvalid with the usage
 */
export async function setAside(args: readonly string[], { inbox, replayLeft, write }: SetAsideDeps): Promise<void> {
  const { values, positionals } = readArguments(args, options, usage)
  const [verb, id] = positionals
  const states: LeftState[] = values.unrecognised ? ['set-aside', 'stuck', 'unrecognised'] : ['set-aside', 'stuck']
  if (verb === undefined) return values.show === undefined ? list(states, readLimit(values.limit, 1_000, usage)) : show(values.show)
  if (verb !== 'replay' || positionals.length > 2 || (id === undefined) !== values.all) throw new ConfigInvalid(usage)
  return replay(id)

  async function list(wanted: readonly LeftState[], limit: number): Promise<void> {
    const counts = await inbox.left()
    for (const state of wanted) {
      const found = await inbox.list(state, limit)
      const more = counts[state] > found.length ? `, the newest ${found.length}` : ''
      write(`${state}: ${counts[state]}${more}\n${found.map(lineOf).join('')}`)
    }
    if (!wanted.includes('unrecognised')) write(`unrecognised: ${counts.unrecognised} (--unrecognised lists them)\n`)
  }

  async function show(asked: string): Promise<void> {
    const found = await inbox.find(asked)
    if (!found) throw new ConfigInvalid([`nothing that was left has the id ${asked}`])
    const { bytes, state } = found
    const rest = bytes.byteLength > shownBytes ? `\n… ${bytes.byteLength - shownBytes} more bytes` : ''
    write(`${state}\n${lineOf(found)}${printable(bytes.subarray(0, shownBytes))}${rest}\n`)
  }

  async function replay(one: string | undefined): Promise<void> {
    const result = one === undefined ? await replayLeft.all(states) : await replayLeft.one(one)
    if (!result) throw new ConfigInvalid([`nothing that was left has the id ${one}`])
    const { replayed, unchanged } = result
    write(`${replayed} to be handled again by the server${unchanged > 0 ? `, ${unchanged} left as they are: our reading still has no use for them` : ''}\n`)
  }
}

/** `6922…  2026-03-02T02:00:00Z  wechat-shop wxshop  312 bytes  5 tries  order_id is missing`. */
function lineOf({ id, receivedAt, channel, account, bytes, attempts, reason }: LeftDelivery): string {
  const at = `${receivedAt.toISOString().slice(0, 19)}Z`
  const tries = attempts > 0 ? [`${attempts} tries`] : []
  return `  ${[id, at, `${channel} ${account}`, `${bytes.byteLength} bytes`, ...tries, reason].join('  ')}\n`
}

/** Nothing that a terminal would obey. */
function printable(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replaceAll(/[^\P{C}\n\t]/gu, '\u{FFFD}')
}

async function main(): Promise<void> {
  const config = loadConfig(environment())
  const engine = await openEngine(config)
  const stores = await openStores({ uri: engine.uri, log: createLog({ level: 'error' }) })
  try {
    const { inbox } = stores
    const replayLeft = createReplayLeft({ inbox, read: deliveryReader(openSources(config.inbound, config.identitySecret)) })
    await setAside(process.argv.slice(2), { inbox, replayLeft, write: (text) => process.stdout.write(text) })
  } finally {
    await stores.close()
    await engine.close()
  }
}

if (process.argv[1] && import.meta.url === new URL(`file://${process.argv[1]}`).href) {
  main().catch((error: unknown) => {
    const problems = error instanceof ConfigInvalid ? error.problems : [error instanceof Error ? error.message : String(error)]
    for (const problem of problems) console.error(problem)
    process.exitCode = 1
  })
}
