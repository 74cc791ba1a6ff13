import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { timingSafeEqual, randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadConfig, replaySecretIn } from '../../config/load.ts'
import { parseRules } from '../../config/rules-file.ts'
import type { Tencent } from '../adapters/tencent/open.ts'
import { ConfigInvalid, TencentRefused } from '../domain/errors.ts'
import type { OpenId } from '../domain/ids.ts'
import type { Rule } from '../domain/rule.ts'
import type { MiniProgramLogin } from '../ports/identities.ts'
import type { Signals } from '../ports/signals.ts'
import { environment } from '../environment.ts'
import { createLog } from '../log.ts'
import { startServer } from '../server.ts'
import { inParallel } from '../usecases/in-parallel.ts'
import { groupBy } from '../usecases/group-by.ts'
import { noTencent } from './no-tencent.ts'
import { batchesOf, disturbed, readReplayFile, roundsOf, seededRandom, type Batch, type ReplayRow } from './replay-file.ts'

const appId = 'wxreplay00000001'
const crawler = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
const browser = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) MicroMessenger/8.0.49'
const requestsAtOnce = 16
const mostRowsABatch = 1_000
const spanMs = 6 * 3600_000
const disturbedSpanMs = 60_000
const mostEventsARequest = 100
/** A beacon session ends by the clock after a day; the file may jump. */
const sessionForMs = 12 * 3600_000

export interface ReplayOptions {
  file: string
  rules: readonly Rule[]
  secret: string
  /** 0.1: ten rows in a hundred are sent twice. */
  resend: number
  /** Batches arrive in another order within so many minutes. */
  shuffleMinutes: number
  seed: number
  /** An empty database to replay into; without it an embedded store is started for the replay and thrown away. */
  mongodbUri?: string
}

export interface ReplayResult {
  rows: number
  /** `rule,fire_ts_ms,visitor,subject` of the signals that stand at the end, sorted by time. */
  lines: readonly string[]
  ms: number
}

/** Sends an event file through the beacon with its own timestamps; the clock follows the file. */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const rows = await readReplayFile(options.file)
  const folder = await mkdtemp(join(tmpdir(), 'replay-'))
  const clock = { at: rows[0]?.at ?? 0, now: () => new Date(clock.at) }
  const server = await startServer(replayConfig(folder, options.mongodbUri), {
    clock,
    log: createLog({ level: 'error' }),
    pagesRoot: folder,
    rules: options.rules,
    fsync: false,
    loops: false,
    jsSdkUrl: null,
    tencent: () => replayTencent(options.secret),
  })
  try {
    const startedAt = performance.now()
    const send = sender(server.url, options.secret, clock)
    for (const round of order(rows, options)) {
      for (const batch of round) {
        clock.at = Math.max(clock.at, ...batch.map((row) => row.at))
        await inParallel(requestsAtOnce, requestsOf(batch), send)
      }
      await server.useCases.worker.drainInbox()
    }
    const lines = await standingLines(server.stores.signals)
    return { rows: rows.length, lines, ms: performance.now() - startedAt }
  } finally {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Rounds of batches, in the order of arrival; the worker looks after each round. */
function order(rows: readonly ReplayRow[], { resend, shuffleMinutes, seed }: ReplayOptions): Batch[][] {
  if (resend === 0 && shuffleMinutes === 0) return batchesOf(rows, mostRowsABatch, spanMs).map((batch) => [batch])
  const random = seededRandom(seed)
  const batches = batchesOf(rows, mostRowsABatch, disturbedSpanMs)
  return roundsOf(disturbed(batches, { resend, withinMs: shuffleMinutes * 60_000, random }), random)
}

/** One request per visitor and kind of user agent, at most 100 events each. */
function requestsOf(batch: Batch): ReplayRow[][] {
  const groups = groupBy(batch, (row) => `${row.visitor} ${row.isBot}`)
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / mostEventsARequest) }, (_, index) =>
      group.slice(index * mostEventsARequest, (index + 1) * mostEventsARequest),
    ),
  )
}

function sender(url: string, secret: string, clock: { at: number }) {
  const sessions = new Map<string, { token: string; since: number }>()

  async function post(path: string, body: unknown, headers: Record<string, string>): Promise<Response> {
    const answer = await fetch(`${url}/beacon/${appId}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    if (answer.status !== 200) throw new Error(`the beacon answered ${answer.status}`)
    return answer
  }

  async function tokenOf(visitor: string): Promise<string> {
    const known = sessions.get(visitor)
    if (known && clock.at - known.since < sessionForMs) return known.token
    const answer = await post('/session', { code: `${secret}.${visitor}` }, { 'user-agent': browser })
    const { token } = (await answer.json()) as { token: string }
    sessions.set(visitor, { token, since: clock.at })
    return token
  }

  return async function send(rows: readonly ReplayRow[]): Promise<void> {
    const [first] = rows
    if (!first) return
    const token = await tokenOf(first.visitor)
    const events = rows.map(({ id, at, kind, item, category }) => ({ id, at, kind, item: { id: item, ...(category ? { category } : {}) } }))
    const answer = await post('', { events }, { authorization: `Bearer ${token}`, 'user-agent': first.isBot ? crawler : browser })
    const { rejected } = (await answer.json()) as { rejected: readonly { problem: string }[] }
    if (rejected[0]) throw new Error(`the beacon rejected a row: ${rejected[0].problem}`)
  }
}

async function standingLines(signals: Signals): Promise<string[]> {
  const lines: string[] = []
  for await (const { rule, at, identity, subject } of signals.standing()) {
    const visitor = identity.slice(`openid:${appId}:`.length)
    lines.push(`${rule},${at.getTime()},${visitor},${subject}`)
  }
  return lines
}

/** Only whoever knows the secret can be a visitor of the replay. */
function replayTencent(secret: string): Tencent {
  const miniProgramLogin: MiniProgramLogin = {
    async exchange(code) {
      const visitor = code.slice(secret.length + 1)
      if (!sameText(code.slice(0, secret.length + 1), `${secret}.`)) throw new TencentRefused('replay', 40029)
      return { openId: visitor as OpenId, unionId: null }
    },
  }
  return { ...noTencent, miniProgramLogin }
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function replayConfig(folder: string, mongodbUri = '') {
  const made = randomBytes(24).toString('hex')
  return loadConfig({
    PORT: '0',
    PUBLIC_URL: 'http://127.0.0.1',
    DATA_DIR: join(folder, 'data'),
    MONGODB_URI: mongodbUri,
    SESSION_SECRET: made,
    WECOM_CORP_ID: 'wwreplay',
    WECOM_AGENT_ID: '1',
    WECOM_AGENT_SECRET: made,
    WECOM_CALLBACK_TOKEN: 'replay',
    WECOM_CALLBACK_AES_KEY: made.slice(0, 43),
    MINIPROGRAM_APP_ID: appId,
    MINIPROGRAM_APP_SECRET: made,
    INBOUND_FILE: 'none',
    OUTGOING_WEBHOOKS_FILE: 'none',
    RATE_LIMITS: 'off',
  })
}

const usage = 'npm run replay -- FILE --rules RULES [--resend 0.1] [--shuffle-minutes 5] [--seed 1]'

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rules: { type: 'string' },
      resend: { type: 'string', default: '0' },
      'shuffle-minutes': { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' },
    },
  })
  const [file] = positionals
  if (!file || !values.rules) throw new ConfigInvalid([usage])
  const result = await replay({
    file,
    rules: parseRules(JSON.parse(await readFile(values.rules, 'utf8'))),
    secret: replaySecretIn(environment()) ?? randomBytes(16).toString('hex'),
    resend: Number(values.resend),
    shuffleMinutes: Number(values['shuffle-minutes']),
    seed: Number(values.seed),
  })
  process.stdout.write(['rule,fire_ts_ms,visitor,subject', ...result.lines, ''].join('\n'))
  process.stderr.write(`${result.rows} rows, ${result.lines.length} signals, ${(result.ms / 1000).toFixed(1)} s\n`)
}

if (process.argv[1] && import.meta.url === new URL(`file://${process.argv[1]}`).href) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}
