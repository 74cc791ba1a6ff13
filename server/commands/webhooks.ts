import { parseArgs } from 'node:util'
import { loadConfig } from '../../config/load.ts'
import { openStores } from '../adapters/mongo/connect.ts'
import { ConfigInvalid } from '../domain/errors.ts'
import type { ForwardedCallback } from '../domain/forwarded.ts'
import type { OutgoingWebhook } from '../domain/outgoing.ts'
import { openEngine } from '../engine.ts'
import { environment } from '../environment.ts'
import { createLog } from '../log.ts'

const usage = 'npm run webhooks -- [--passed-on] [--state waiting|delivered|given-up] [--limit 50]'
const states = ['waiting', 'given-up', 'delivered'] as const

/** `npm run webhooks`: what became of what we sent, or passed on to a predecessor, newest first; also while the server runs. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'passed-on': { type: 'boolean', default: false }, state: { type: 'string' }, limit: { type: 'string', default: '50' } } })
  const wanted = values.state === undefined ? states : states.filter((state) => state === values.state)
  const limit = Number(values.limit)
  if (wanted.length === 0 || !Number.isInteger(limit) || limit < 1 || limit > 1_000) throw new ConfigInvalid([usage])
  const config = loadConfig(environment())
  const engine = await openEngine(config)
  const stores = await openStores({ uri: engine.uri, log: createLog({ level: 'error' }) })
  try {
    for (const state of wanted) {
      const lines = values['passed-on']
        ? (await stores.forwards.list(state, limit)).map(passedLineOf)
        : (await stores.webhookQueue.list(state, limit)).map(lineOf)
      process.stdout.write(`${state}: ${lines.length}${lines.length === limit ? ' or more' : ''}\n${lines.join('')}`)
    }
  } finally {
    await stores.close()
    await engine.close()
  }
}

/** `2026-03-02T02:00:00Z  crm  alert  3 tries, last 503  next 2026-03-02T02:06:05Z  alert_9f…`. */
function lineOf(webhook: OutgoingWebhook): string {
  const { id, target, event, createdAt } = webhook
  return `  ${[textOf(createdAt), target, event, ...triesOf(webhook), id].join('  ')}\n`
}

/** `2026-03-02T02:00:00Z  official-account  1 tries, last 200  412 ms, 280 bytes, given to the platform  official-account:…`. */
function passedLineOf(callback: ForwardedCallback): string {
  const { id, channel, createdAt, tries } = callback
  const last = tries.at(-1)
  const answered = last ? [`${last.ms} ms, ${last.bytes} bytes${last.wentBack ? ', given to the platform' : ''}`] : []
  return `  ${[textOf(createdAt), channel, ...triesOf(callback), ...answered, id].join('  ')}\n`
}

function triesOf({ state, nextTryAt, tries }: Pick<OutgoingWebhook, 'state' | 'nextTryAt' | 'tries'>): readonly string[] {
  const last = tries.at(-1)
  const told = last ? `, last ${[last.status, last.problem].filter((part) => part !== null).join(' ')}` : ''
  return [`${tries.length} tries${told}`, ...(state === 'waiting' ? [`next ${textOf(nextTryAt)}`] : [])]
}

function textOf(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}

main().catch((error: unknown) => {
  for (const problem of error instanceof ConfigInvalid ? error.problems : [String(error)]) console.error(problem)
  process.exitCode = 1
})
