import type { AlertState, Message } from '../domain/alert.ts'
import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Messenger } from '../ports/messenger.ts'
import type { Alerts, Messages } from '../ports/outbox.ts'
import type { StaffDirectory } from '../ports/staff.ts'

export interface UpdateCardsDeps {
  messages: Messages
  alerts: Alerts
  messenger: Messenger
  staffDirectory: StaffDirectory
  clock: Clock
  log: Log
}

/** Nothing is left to do about such an alert. */
const stale: readonly AlertState[] = ['retracted', 'superseded', 'expired']

const recallForMs = 24 * 3600_000
const againAfterMs = 60_000
const mostAtATime = 50

/**
 * Cards whose text is due to change: with an unused response_code younger than 72 h the buttons become one grey text;
 * else a card with nothing left to do is recalled within 24 h; else only the inbox changes, and says so (E3).
 */
export function createUpdateCards(deps: UpdateCardsDeps) {
  const { messages, alerts, messenger, staffDirectory, clock, log } = deps

  async function withCode(message: Message, text: string): Promise<boolean> {
    const responseCode = await messages.takeResponseCode(message.id, clock.now())
    if (!responseCode) return false
    const known = await staffDirectory.get(message.staffId)
    try {
      await messenger.updateCard({ responseCode, userids: [known?.userid ?? message.staffId], replaceName: text })
      return true
    } catch (error) {
      if (error instanceof TencentUnreachable) await messages.save(message.id, { responseCode: message.responseCode })
      if (!(error instanceof TencentRefused)) throw error
      log.warn({ errcode: error.errcode }, 'response code not taken')
      return false
    }
  }

  async function byRecall(message: Message): Promise<boolean> {
    const young = message.sentAt !== null && clock.now().getTime() - message.sentAt.getTime() < recallForMs
    if (!message.msgId || !young) return false
    const told = await alerts.many(message.alertKeys)
    const done = told.every(({ state }) => stale.includes(state))
    // Words that were erased (C4) go from the phone, whatever else stood beside them: that is in the inbox.
    if (!done && message.json !== '') return false
    await messenger.recall(message.msgId)
    return true
  }

  async function change(message: Message, text: string): Promise<string> {
    if (message.kind === 'card' && (await withCode(message, text))) return 'card-updated'
    return (await byRecall(message)) ? 'card-recalled' : 'card-unchanged'
  }

  return async function updateCards(): Promise<number> {
    const due = await messages.updatesDue(clock.now(), mostAtATime)
    for (const message of due) {
      const { update } = message
      if (!update) continue
      try {
        await messages.save(message.id, { note: await change(message, update.text), update: null })
      } catch (error) {
        if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
        log.warn({ api: error.api, reason: error.message }, 'card could not be updated')
        await messages.save(message.id, later(error, update))
      }
    }
    return due.length
  }

  /** A silent WeCom is asked again, with the same code; a refused recall is the end of it. */
  function later(error: TencentRefused | TencentUnreachable, update: NonNullable<Message['update']>): Partial<Message> {
    if (error instanceof TencentRefused) return { update: null, note: `card-unchanged, errcode ${error.errcode}` }
    return { update: { text: update.text, dueAt: new Date(clock.now().getTime() + againAfterMs) } }
  }
}
