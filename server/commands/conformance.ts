import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { pathToFileURL } from 'node:url'
import { loadConfig } from '../../config/load.ts'
import { webhookKey } from '../../config/webhook-key.ts'
import { ConfigInvalid } from '../domain/errors.ts'
import { environment } from '../environment.ts'
import { createLog } from '../log.ts'
import { startServer } from '../server.ts'
import { checkEndpoint } from './conformance-check.ts'
import { listenToConnector } from './conformance-listen.ts'
import { allPass, tableOf, type Check } from './conformance-table.ts'
import { noTencent } from './no-tencent.ts'

const usage = [
  'npm run conformance                                          checks an endpoint of its own',
  'npm run conformance -- URL --source S --secret whsec_…       checks that endpoint; --body FILE: a message of that source',
  'npm run conformance -- --listen PORT --secret whsec_…        takes a connector’s messages and tells what it gets wrong; --wait SECONDS (120)',
  'instead of --secret: CONFORMANCE_SECRET in the environment, or in .env',
]

/** A sale that names a member whom nobody has: it stays by itself in whatever store it ends in. */
const sale = {
  type: 'sale',
  customer: { member_no: 'CONFORMANCE-KIT' },
  receipt: { no: 'conformance-{{id}}', time: '{{local}}', total: '1.00', lines: [{ sku: 'CONFORMANCE', name: 'conformance kit', price: '1.00', quantity: 1 }] },
}

/** Checks the endpoint, or one of our own when none is given. */
export async function conformance(target: { url: string; secret: string; body?: string } | null): Promise<readonly Check[]> {
  if (target) return checkEndpoint({ url: target.url, key: keyOf(target.secret), body: target.body ?? JSON.stringify(sale) }, pause)
  const own = await ownEndpoint()
  try {
    return await checkEndpoint({ ...own, body: JSON.stringify(sale) }, pause)
  } finally {
    await own.close()
  }
}

/** The product with a till as its only source, on a store that goes afterwards. */
async function ownEndpoint() {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'))
  const [secret, made] = [`whsec_${randomBytes(32).toString('base64')}`, randomBytes(24).toString('hex')]
  const inbound = join(folder, 'inbound.json')
  const source = { name: 'till', enabled: true, secrets: ['CONFORMANCE_TILL'], mapping: resolve('config/inbound/till.json') }
  await writeFile(inbound, JSON.stringify({ sources: [source] }))
  const config = loadConfig({
    PORT: '0', PUBLIC_URL: 'http://127.0.0.1', DATA_DIR: join(folder, 'data'), SESSION_SECRET: made, INBOUND_FILE: inbound, CONFORMANCE_TILL: secret,
    OUTGOING_WEBHOOKS_FILE: 'none', WECOM_CORP_ID: 'wwconformance', WECOM_AGENT_ID: '1', WECOM_AGENT_SECRET: made,
    WECOM_CALLBACK_TOKEN: 'conformance', WECOM_CALLBACK_AES_KEY: made.slice(0, 43),
  })
  const server = await startServer(config, {
    clock: { now: () => new Date() }, log: createLog({ level: 'fatal' }), pagesRoot: folder, fsync: false, jsSdkUrl: null, tencent: () => noTencent,
  })
  return {
    url: `${server.url}/webhooks/inbound/till`,
    key: keyOf(secret),
    async close() {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function keyOf(secret: string): Uint8Array {
  const key = webhookKey(secret)
  if (!key) throw new ConfigInvalid(['the secret must be whsec_ and the base64 of 24 to 64 random bytes'])
  return key
}

function endpointUrl(url: string, source: string | undefined): string {
  if (!URL.canParse(url)) throw new ConfigInvalid(usage)
  if (/\/webhooks\/inbound\/[^/]+\/?$/.test(new URL(url).pathname)) return url
  if (!source) throw new ConfigInvalid(['--source is missing', ...usage])
  return `${url.replace(/\/+$/, '')}/webhooks/inbound/${source}`
}

async function listen(port: number, secret: string, waitSeconds: number): Promise<readonly Check[]> {
  const say = (line: string) => void process.stdout.write(`${line}\n`)
  const connector = await listenToConnector({ port, secret, key: keyOf(secret), say, now: () => new Date() })
  say(`listening on http://127.0.0.1:${connector.port}/ for ${waitSeconds} s: send two messages; the first is refused once, on purpose`)
  const interrupted = new Promise<void>((stop) => void process.once('SIGINT', stop))
  await Promise.race([connector.done, interrupted, pause(waitSeconds * 1000, undefined, { ref: false })])
  await connector.close()
  return connector.checks()
}

/** `npm run conformance`: prints a table; exits 1 unless everything passes. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      source: { type: 'string' },
      secret: { type: 'string' },
      body: { type: 'string' },
      listen: { type: 'string' },
      wait: { type: 'string', default: '120' },
    },
  })
  const secret = values.secret ?? environment().CONFORMANCE_SECRET ?? ''
  const [url] = positionals
  const body = values.body === undefined ? {} : { body: await readFile(values.body, 'utf8') }
  const checks =
    values.listen === undefined
      ? await conformance(url === undefined ? null : { url: endpointUrl(url, values.source), secret, ...body })
      : await listen(Number(values.listen), secret, Number(values.wait))
  process.stdout.write(tableOf(checks))
  process.exitCode = allPass(checks) ? 0 : 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  main().catch((error: unknown) => {
    for (const problem of error instanceof ConfigInvalid ? error.problems : [String(error)]) console.error(problem)
    process.exitCode = 1
  })
}
