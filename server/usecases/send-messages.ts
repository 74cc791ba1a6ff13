import { openStates, type Alert, type AlertState, type Message } from '../domain/alert.ts'
import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import { refusalKind } from '../domain/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Live } from '../ports/live.ts'
import type { Log } from '../ports/log.ts'
import type { Messenger } from '../ports/messenger.ts'
import type { Alerts, Messages } from '../ports/outbox.ts'
import { inParallel } from './in-parallel.ts'

export interface SendMessagesDeps {
  messages: Messages
  alerts: Alerts
  messenger: Messenger
  live: Live
  clock: Clock
  log: Log
}

const atOnce = 4
const mostAtATime = 100
const firstWaitMs = 2_000
const longestWaitMs = 5 * 60_000
/** WeCom recognises a repeat for four hours at most (duplicate_check_interval 14400, document/path/90236). */
const repeatForMs = 4 * 3600_000
const configurationWaitMs = 60_000

/**
 * Sends what is frozen and due. The attempt is noted before it is made and the same bytes are repeated, so that a crash
 * between sending and noting never rings twice (E3). Returns how many messages were tried.
 */
export function createSendMessages(deps: SendMessagesDeps) {
  const { messages, alerts, messenger, live, clock, log } = deps

  async function settle(message: Message, list: readonly Alert[], state: AlertState, reason: string): Promise<void> {
    const at = clock.now()
    for (const alert of list) {
      if (alert.state !== 'merged') continue
      const changed = await alerts.change(alert.key, ['merged'], { state, at, reason })
      if (changed) await live.publish([{ staffId: message.staffId, kind: 'alert-changed', subject: alert.key }])
    }
  }

  async function noteSent(message: Message, list: readonly Alert[], sent: Awaited<ReturnType<Messenger['send']>>): Promise<void> {
    const at = clock.now()
    if (sent.invalidUsers.includes(message.staffId)) return noteRefused(message, list, 'invaliduser')
    // On a first attempt nobody can have sent it: then the same code means a task_id that WeCom does not take.
    if (sent.alreadySent && message.attempts === 0) return noteRefused(message, list, 'task-id')
    const responseCode = sent.responseCode ? { code: sent.responseCode, at } : null
    await messages.save(message.id, { state: 'sent', sentAt: at, msgId: sent.msgId, responseCode })
    await settle(message, list, 'sent', sent.alreadySent ? 'delivered-before' : 'delivered')
  }

  async function noteRefused(message: Message, list: readonly Alert[], reason: string): Promise<void> {
    await messages.save(message.id, { state: 'refused', note: reason })
    await settle(message, list, 'refused', reason)
  }

  /** The answer was lost too long ago for a repeat to be recognised: it may have rung, and we will not ring again. */
  async function giveUp(message: Message, list: readonly Alert[]): Promise<void> {
    await messages.save(message.id, { state: 'sent-unconfirmed', sentAt: clock.now(), note: 'answer-lost' })
    await settle(message, list, 'sent-unconfirmed', 'answer-lost')
  }

  /** Held by something that passes: notes when to try again and why. */
  async function wait(message: Message, waitMs: number, note: string): Promise<void> {
    await messages.save(message.id, { nextTryAt: new Date(clock.now().getTime() + waitMs), note })
    log.warn({ note, attempts: message.attempts + 1 }, 'message waits')
  }

  async function failed(message: Message, list: readonly Alert[], error: unknown): Promise<void> {
    const backOffMs = Math.min(firstWaitMs * 2 ** message.attempts, longestWaitMs)
    if (error instanceof TencentUnreachable) return wait(message, backOffMs, 'unreachable')
    if (!(error instanceof TencentRefused)) throw error
    const note = `errcode ${error.errcode}`
    switch (refusalKind(error.errcode)) {
      case 'retry-later':
        return wait(message, Math.max(backOffMs, error.errcode === 45009 ? configurationWaitMs : 0), note)
      case 'configuration':
        return wait(message, configurationWaitMs, note)
      case 'permanent':
        return noteRefused(message, list, note)
    }
  }

  async function sendOne(message: Message): Promise<void> {
    const now = clock.now()
    const list = await alerts.many(message.alertKeys)
    const wanted = list.some((alert) => openStates.includes(alert.state))
    if (!wanted && message.attempts === 0) return noteRefused(message, list, 'nothing-left-to-tell')
    const lost = message.attempts > 0 && now.getTime() - message.frozenAt.getTime() >= repeatForMs
    if (lost) return giveUp(message, list)
    const nextTryAt = new Date(now.getTime() + firstWaitMs * 2 ** Math.min(message.attempts, 7))
    await messages.save(message.id, { attempts: message.attempts + 1, nextTryAt, sentAt: message.sentAt ?? now })
    try {
      await noteSent(message, list, await messenger.send(message.json))
    } catch (error) {
      await failed(message, list, error)
    }
  }

  return async function sendMessages(): Promise<number> {
    const due = await messages.due(clock.now(), mostAtATime)
    await inParallel(atOnce, due, sendOne)
    return due.length
  }
}
