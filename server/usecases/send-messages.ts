import { openStates, type Alert, type AlertState, type Message } from '../domain/alert.ts'
import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import { refusalKind } from '../domain/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Live } from '../ports/live.ts'
import type { Log } from '../ports/log.ts'
import type { Messenger } from '../ports/messenger.ts'
import type { Alerts, Messages } from '../ports/outbox.ts'
import { mayHaveRung, takeBack, type HoldMessages } from './hold-messages.ts'
import { groupBy } from './group-by.ts'
import { inParallel } from './in-parallel.ts'

export interface SendMessagesDeps {
  messages: Messages
  alerts: Alerts
  messenger: Messenger
  holdMessages: HoldMessages
  live: Live
  /** Whether this process still does the work: asked right before each ring (I3). */
  mayWork: () => boolean
  clock: Clock
  log: Log
}

type SendAnswer = Awaited<ReturnType<Messenger['send']>>

const atOnce = 4
const mostAtATime = 100
const firstWaitMs = 2_000
const longestWaitMs = 5 * 60_000
/** WeCom recognises a repeat for four hours at most (duplicate_check_interval 14400, document/path/90236). */
const repeatForMs = 4 * 3600_000
const configurationWaitMs = 60_000

/**
 * Sends what is frozen and due. The attempt is claimed before it is made and the same bytes are repeated, so that neither a
 * crash between sending and noting nor a process that was frozen and wakes up rings twice (E3, I3). Its outcome counts only
 * while it is the newest attempt. Returns how many messages were tried.
 */
export function createSendMessages(deps: SendMessagesDeps) {
  const { messages, alerts, messenger, holdMessages, live, mayWork, clock, log } = deps

  /**
   * Alerts first, the message last: after a crash in between the message is tried again, which does no harm. Gives how many
   * were not as they had been before the attempt.
   */
  async function settle(message: Message, list: readonly Alert[], state: AlertState, reason: string): Promise<number> {
    const at = clock.now()
    let others = 0
    for (const alert of list.filter(({ messageId }) => messageId === message.id)) {
      const changed = await alerts.change(alert.key, ['merged'], { state, at, reason })
      if (changed) await live.publish([{ staffId: message.staffId, kind: 'alert-changed', subject: alert.key }])
      else others += 1
    }
    return others
  }

  /**
   * Nobody can stop a message that WeCom has in hand: an alert handed over at that moment rings for the heir too, and a
   * card that tells of nothing else is greyed out on the phone of who had the customer before. Noted with the sending.
   */
  async function endIfHandedOver(message: Message): Promise<Pick<Message, 'update'> | null> {
    const now = await alerts.many(message.alertKeys)
    const isGone = now.length > 0 && now.every(({ messageId, owner }) => messageId !== message.id && owner !== message.staffId)
    return isGone ? { update: { text: '已转给同事', dueAt: clock.now() } } : null
  }

  /** Of the attempt that was just made. */
  const note = (message: Message, patch: Partial<Message>) => messages.saveAttempt(message.id, message.attempts + 1, patch)

  async function noteSent(message: Message, list: readonly Alert[], sent: SendAnswer): Promise<void> {
    const at = clock.now()
    if (sent.invalidUsers.includes(message.staffId)) return noteRefused(message, list, 'invaliduser')
    // On a first attempt nobody can have sent it: then the same code means a task_id that WeCom does not take.
    if (sent.alreadySent && message.attempts === 0) return noteRefused(message, list, 'task-id')
    const responseCode = sent.responseCode ? { code: sent.responseCode, at } : null
    const others = await settle(message, list, 'sent', sent.alreadySent ? 'delivered-before' : 'delivered')
    const end = others > 0 ? await endIfHandedOver(message) : null
    await note(message, { state: 'sent', sentAt: at, msgId: sent.msgId, responseCode, note: null, ...end })
  }

  async function noteRefused(message: Message, list: readonly Alert[], reason: string): Promise<void> {
    await settle(message, list, 'refused', reason)
    await note(message, { state: 'refused', note: reason })
  }

  /** The answer was lost too long ago for a repeat to be recognised: it may have rung, and we will not ring again. */
  async function giveUp(message: Message, list: readonly Alert[]): Promise<void> {
    await settle(message, list, 'sent-unconfirmed', 'answer-lost')
    await messages.saveAttempt(message.id, message.attempts, { state: 'sent-unconfirmed', note: 'answer-lost' })
  }

  /** Held by something that passes: notes when to try again and why. */
  async function wait(message: Message, waitMs: number, why: string): Promise<void> {
    await note(message, { nextTryAt: new Date(clock.now().getTime() + waitMs), note: why })
    log.warn({ note: why, attempts: message.attempts + 1 }, 'message waits')
  }

  /** What WeCom refused has not rung, unless an earlier attempt may have: then that is what counts. */
  function noteOf(message: Message, errcode: number): string {
    return mayHaveRung(message) ? 'unreachable' : `errcode ${errcode}`
  }

  async function failed(message: Message, list: readonly Alert[], error: unknown): Promise<void> {
    const backOffMs = Math.min(firstWaitMs * 2 ** message.attempts, longestWaitMs)
    if (error instanceof TencentUnreachable) return wait(message, backOffMs, 'unreachable')
    if (!(error instanceof TencentRefused)) throw error
    const why = noteOf(message, error.errcode)
    switch (refusalKind(error.errcode)) {
      case 'retry-later':
        return wait(message, Math.max(backOffMs, error.errcode === 45009 ? configurationWaitMs : 0), why)
      case 'configuration':
        return wait(message, configurationWaitMs, why)
      case 'permanent':
        return noteRefused(message, list, `errcode ${error.errcode}`)
    }
  }

  /** Returns false when WeCom is away or the work is another's: the member's other messages wait, in their order. */
  async function sendOne(message: Message): Promise<boolean> {
    if (!mayWork()) return false
    const now = clock.now()
    const list = await alerts.many(message.alertKeys)
    const own = list.filter(({ messageId, owner }) => messageId === message.id && owner === message.staffId)
    const wanted = own.filter(({ state }) => openStates.includes(state) && state !== 'snoozed')
    const late = now.getTime() - message.frozenAt.getTime() >= repeatForMs
    if (mayHaveRung(message) && (late || own.length === 0)) return giveUp(message, list).then(() => true)
    // Never tried, so its words may still change: what was put off or handed over meanwhile is not told.
    if (!mayHaveRung(message) && wanted.length === 0) return takeBack(deps, message, 'nothing-left-to-tell').then(() => true)
    const isStale = own.length < list.length || own.some(({ state }) => state === 'snoozed')
    if (!mayHaveRung(message) && isStale) return takeBack(deps, message, 'told-otherwise').then(() => true)
    const nextTryAt = new Date(now.getTime() + firstWaitMs * 2 ** Math.min(message.attempts, 7))
    const attempt = { attempts: message.attempts + 1, nextTryAt, sentAt: now, note: 'trying' }
    if (!(await messages.saveAttempt(message.id, message.attempts, attempt)) || !mayWork()) return false
    try {
      await noteSent(message, list, await messenger.send(message.json))
    } catch (error) {
      await failed(message, list, error)
      return !(error instanceof TencentUnreachable)
    }
    return true
  }

  /** One member's messages one after another, so that the phone shows them in the order in which they were decided. */
  async function sendInOrder(own: readonly Message[]): Promise<void> {
    for (const message of own) if (!(await sendOne(message))) return
  }

  return async function sendMessages(): Promise<number> {
    const due = await messages.due(clock.now(), mostAtATime)
    const going = groupBy(await holdMessages(due), ({ staffId }) => staffId)
    await inParallel(atOnce, [...going.values()], sendInOrder)
    return due.length
  }
}
