import { parseArgs } from 'node:util'
import { loadConfig } from '../../config/load.ts'
import { openStores } from '../adapters/mongo/connect.ts'
import { ConfigInvalid } from '../domain/errors.ts'
import type { OutgoingWebhook } from '../domain/outgoing.ts'
import { openEngine } from '../engine.ts'
import { environment } from '../environment.ts'
import { createLog } from '../log.ts'

const usage = 'npm run webhooks -- [--state waiting|delivered|given-up] [--limit 50]'
const states = ['waiting', 'given-up', 'delivered'] as const

/** `npm run webhooks`: what became of the webhooks that we sent, newest first; also while the server runs. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { state: { type: 'string' }, limit: { type: 'string', default: '50' } } })
  const wanted = values.state === undefined ? states : states.filter((state) => state === values.state)
  const limit = Number(values.limit)
  if (wanted.length === 0 || !Number.isInteger(limit) || limit < 1 || limit > 1_000) throw new ConfigInvalid([usage])
  const config = loadConfig(environment())
  const engine = await openEngine(config)
  const stores = await openStores({ uri: engine.uri, log: createLog({ level: 'error' }) })
  try {
    for (const state of wanted) {
      const webhooks = await stores.webhookQueue.list(state, limit)
      process.stdout.write(`${state}: ${webhooks.length}${webhooks.length === limit ? ' or more' : ''}\n${webhooks.map(lineOf).join('')}`)
    }
  } finally {
    await stores.close()
    await engine.close()
  }
}

/** `2026-03-02T02:00:00Z  crm  alert  3 tries, last 503  next 2026-03-02T02:06:05Z  alert_9f…`. */
function lineOf(webhook: OutgoingWebhook): string {
  const { id, target, event, createdAt, nextTryAt, state, tries } = webhook
  const last = tries.at(-1)
  const told = last ? `, last ${[last.status, last.problem].filter((part) => part !== null).join(' ')}` : ''
  const next = state === 'waiting' ? [`next ${textOf(nextTryAt)}`] : []
  return `  ${[textOf(createdAt), target, event, `${tries.length} tries${told}`, ...next, id].join('  ')}\n`
}

function textOf(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}

main().catch((error: unknown) => {
  for (const problem of error instanceof ConfigInvalid ? error.problems : [String(error)]) console.error(problem)
  process.exitCode = 1
})
