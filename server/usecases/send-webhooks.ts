import { nextWebhookTry, type OutgoingWebhook } from '../domain/outgoing.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { WebhookQueue, WebhookSender } from '../ports/outgoing.ts'
import { inParallel } from './in-parallel.ts'

export interface SendWebhooksDeps {
  webhookQueue: WebhookQueue
  webhookSender: WebhookSender
  /** Whether this process still does the work (I3). */
  mayWork: () => boolean
  clock: Clock
  log: Log
}

const mostAtATime = 50
const atOnce = 5

/**
 * One receiver's turn: sends what is due, notes each try, plans the next with growing waits, gives up after 24 h (H8).
 * A crash between sending and noting sends the same id again, which a receiver takes for the same. Returns how many were tried.
 */
export function createSendWebhooks({ webhookQueue, webhookSender, mayWork, clock, log }: SendWebhooksDeps) {
  async function sendOne(webhook: OutgoingWebhook): Promise<void> {
    if (!mayWork()) return
    const { id, target, json, event } = webhook
    const { status, problem } = await webhookSender.send(target, { id, json, at: clock.now() })
    const tried = { at: clock.now(), status, problem }
    const count = webhook.tries.length + 1
    if (status !== null && status >= 200 && status < 300) {
      return webhookQueue.note(id, tried, { state: 'delivered', nextTryAt: tried.at })
    }
    const again = nextWebhookTry(webhook, count, tried.at)
    log.warn({ target, event, status, problem, tries: count, again: again !== null }, 'webhook not taken')
    return webhookQueue.note(id, tried, again ? { state: 'waiting', nextTryAt: again } : { state: 'given-up', nextTryAt: tried.at })
  }

  return async function sendWebhooks(target: string): Promise<number> {
    const due = await webhookQueue.due(target, clock.now(), mostAtATime)
    await inParallel(atOnce, due, sendOne)
    return due.length
  }
}
