import type { Alert, FeedbackAction, Message } from '../domain/alert.ts'
import { openStates } from '../domain/alert.ts'
import { applyFeedback, undoMs, type FeedbackResult } from '../domain/alert-life.ts'
import { Conflict, NotFound } from '../domain/errors.ts'
import type { ExternalUserId, StaffId } from '../domain/ids.ts'
import type { OpeningHours } from '../domain/opening-hours.ts'
import { followsNow } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { FollowUp, FollowUps } from '../ports/follow-ups.ts'
import type { Live } from '../ports/live.ts'
import type { Alerts, Messages } from '../ports/outbox.ts'
import type { FindMyCustomer } from './find-my-customer.ts'
import { isTakenBack } from './hold-messages.ts'

export interface GiveFeedbackDeps {
  alerts: Alerts
  messages: Messages
  contacts: Contacts
  followUps: FollowUps
  findMyCustomer: FindMyCustomer
  live: Live
  hours: OpeningHours
  clock: Clock
}

/** What was sent from our pages, or copied there to be sent. */
type Sent = 'opener' | 'article' | 'copied'

export type GiveFeedback = ReturnType<typeof createGiveFeedback>

const cardWords: Readonly<Record<FeedbackAction, string>> = {
  following: '跟进中',
  later: '稍后再提醒',
  'not-useful': '没用',
  undo: '',
}

/** On a card that was tapped when there was nothing left to answer. */
const overWords = '已结束，不用跟进了'

/** 跟进中, 稍后, 没用, and what was sent from our pages. The last one wins; undo within ten seconds (E3, E6, F4). */
export function createGiveFeedback(deps: GiveFeedbackDeps) {
  const { alerts, messages, contacts, followUps, findMyCustomer, live, hours, clock } = deps

  type Problem = Extract<FeedbackResult, { problem: string }>['problem']
  type Change = Exclude<FeedbackResult, { problem: string }>

  /** Applies feedback until no other change comes in between; null when it means nothing now. */
  async function apply(key: string, action: FeedbackAction, reason: string | null): Promise<Change | Problem> {
    for (;;) {
      const alert = await alerts.get(key)
      if (!alert) throw new NotFound('alert')
      const at = clock.now()
      const result = applyFeedback(alert, { action, ...(reason ? { reason } : {}) }, at, hours)
      if ('problem' in result) return result.problem
      const state = await whereItIs(alert, result.state)
      const to = { state, at, reason: result.reason }
      const patch = { dueAt: result.dueAt, ...(state === 'queued' ? { messageId: null } : {}) }
      const changed = await alerts.change(key, [alert.state], to, patch)
      if (!changed) continue
      await live.publish([{ staffId: alert.owner, kind: 'alert-changed', subject: key }])
      if (action === 'following') await noteFollowUp(alert.externalUserId, alert.owner, 'following')
      return { ...result, state }
    }
  }

  /** Undone to "in a message", which may have been sent, or given up, meanwhile. */
  async function whereItIs(alert: Alert, state: Alert['state']): Promise<Alert['state']> {
    if (state !== 'merged' || !alert.messageId) return state
    const message = await messages.get(alert.messageId)
    if (message && isTakenBack(message)) return 'queued'
    return message && message.state !== 'waiting' ? message.state : state
  }

  async function noteFollowUp(id: ExternalUserId, staffId: StaffId, what: FollowUp['what']): Promise<void> {
    await followUps.add({ externalUserId: id, staffId, what, at: clock.now() })
  }

  /** The card changes once undo is over and nothing it tells is left to answer; undone in time, it stays as it is. */
  async function changeCard(alert: Alert, action: FeedbackAction, dueAt: Date): Promise<void> {
    const message = alert.messageId ? await messages.get(alert.messageId) : null
    if (!message) return
    const told = await alerts.many(message.alertKeys)
    const answered = told.every(({ state }) => state === 'snoozed' || !openStates.includes(state))
    await messages.save(message.id, { update: answered ? { text: cardWords[action], dueAt } : null })
  }

  async function mine(staffId: StaffId, key: string): Promise<Alert> {
    const alert = await alerts.get(key)
    if (!alert) throw new NotFound('alert')
    await findMyCustomer(staffId, alert.externalUserId)
    if (alert.owner !== staffId) throw new NotFound('alert')
    return alert
  }

  /** Keys of the message's alerts that still are the member's whose phone it rang, about customers she still has. */
  async function stillHers(message: Message): Promise<string[]> {
    const told = await alerts.many(message.alertKeys)
    const known = await contacts.many([...new Set(told.map(({ externalUserId }) => externalUserId))])
    const hers = told.filter(({ owner, externalUserId }) => {
      const contact = known.get(externalUserId)
      return owner === message.staffId && contact !== undefined && followsNow(contact, owner)
    })
    return hers.map(({ key }) => key)
  }

  return {
    /** From our pages. @throws NotFound, Denied, Conflict */
    async onAlert(staffId: StaffId, key: string, action: FeedbackAction, reason: string | null) {
      const alert = await mine(staffId, key)
      const result = await apply(key, action, reason)
      if (typeof result === 'string') throw new Conflict(result)
      await changeCard(alert, action, new Date(clock.now().getTime() + undoMs))
      return { alert: (await alerts.get(key)) as Alert, undoUntil: result.undoUntil }
    },

    /**
     * A tap on the card applies to all alerts of its message that still are the member's, and changes the card at once.
     * Returns how many are not hers any more: they stay as they are.
     */
    async onMessage(message: Message, action: FeedbackAction): Promise<number> {
      const results: (Change | string)[] = []
      const hers = await stillHers(message)
      for (const key of hers) results.push(await apply(key, action, null))
      const isOver = results.every((result) => typeof result === 'string')
      await messages.save(message.id, { update: { text: isOver ? overWords : cardWords[action], dueAt: clock.now() } })
      return message.alertKeys.length - hers.length
    },

    /** Something was sent from our pages (or copied to be sent): the alert it answers is acted on. */
    async onSent(staffId: StaffId, id: ExternalUserId, what: Sent, key: string | null): Promise<void> {
      await findMyCustomer(staffId, id)
      await noteFollowUp(id, staffId, what)
      const alert = key === null ? null : await alerts.get(key)
      const answers = alert?.owner === staffId && alert.externalUserId === id
      if (!alert || !answers || what === 'copied') return
      const at = clock.now()
      const to = { state: 'acted' as const, at, reason: `sent-${what}` }
      const acted = await alerts.change(alert.key, openStates, to, { dueAt: null })
      if (!acted) return
      await live.publish([{ staffId, kind: 'alert-changed', subject: alert.key }])
      await changeCard(alert, 'following', new Date(at.getTime() + undoMs))
    },
  }
}
