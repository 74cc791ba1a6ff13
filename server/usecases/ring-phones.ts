import type { Alert, AlertState, Message } from '../domain/alert.ts'
import type { StaffId } from '../domain/ids.ts'
import type { OpeningHours } from '../domain/opening-hours.ts'
import { wordsIn } from '../domain/reminder-alert.ts'
import { planRinging, type Hold, type PlannedMessage } from '../domain/ringing.ts'
import type { Cap } from '../domain/ringing-cap.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { Live } from '../ports/live.ts'
import type { Card, Messenger } from '../ports/messenger.ts'
import type { Alerts, Messages } from '../ports/outbox.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import type { DropSettled } from './drop-settled.ts'
import { inParallelToTheEnd } from './in-parallel.ts'

export interface RingPhonesDeps {
  alerts: Alerts
  messages: Messages
  messenger: Messenger
  contacts: Pick<Contacts, 'get'>
  staffDirectory: StaffDirectory
  dropSettled: DropSettled
  live: Live
  hours: OpeningHours
  mergeMs: number
  cap: Cap
  clock: Clock
  /** Whether this process still does the work: a plan made before a freeze is not carried out after it (I3). */
  mayWork: () => boolean
  /** A short fixed-length name of a longer text, `[0-9a-f]`. */
  fingerprint: (text: string) => string
}

const unrung: readonly AlertState[] = ['queued', 'held', 'snoozed']
const mostUnrung = 500
const hourMs = 3600_000
/** Members are planned for apart: each alert has one owner. */
const phonesAtOnce = 4

/**
 * Decides for each member with unrung alerts what rings now and what waits (E4). An alert is claimed by its message
 * before the message is frozen, so that it is never in two; what a crash left claimed is given back first.
 */
export function createRingPhones(deps: RingPhonesDeps) {
  const { alerts, messages, messenger, contacts, staffDirectory, dropSettled, live, clock, mayWork, fingerprint } = deps
  const { hours, mergeMs, cap } = deps
  /** Whether a claim may stand without its message: after a start, or a round that failed half-way. */
  let unsure = true

  async function ringPhone(staffId: StaffId): Promise<number> {
    const now = clock.now()
    const list = await dropSettled(await alerts.of(staffId, unrung, mostUnrung))
    const [lastRangAbout, sentTimes] = await Promise.all([
      messages.lastRangAbout(staffId, [...new Set(list.map((alert) => alert.externalUserId))]),
      messages.sentSince(staffId, new Date(now.getTime() - hourMs)),
    ])
    const plan = planRinging({ alerts: list, lastRangAbout, sentTimes, now, hours, mergeMs, cap })
    const byKey = new Map(list.map((alert) => [alert.key, alert]))
    for (const hold of plan.hold) await keepHeld(byKey.get(hold.alertKey) as Alert, hold)
    for (const planned of plan.messages) await freeze(staffId, planned, byKey)
    return plan.messages.length
  }

  async function keepHeld(alert: Alert, { reason, until }: Hold): Promise<void> {
    const same = alert.dueAt?.getTime() === until.getTime() && alert.history.at(-1)?.reason === reason
    if (alert.state === 'held' && same) return
    const at = clock.now()
    await alerts.change(alert.key, unrung, { state: 'held', at, reason }, { dueAt: until })
    await live.publish([{ staffId: alert.owner, kind: 'alert-changed', subject: alert.key }])
  }

  async function freeze(staffId: StaffId, planned: PlannedMessage, byKey: ReadonlyMap<string, Alert>): Promise<void> {
    if (!mayWork()) return
    const wanted = planned.alertKeys.map((key) => byKey.get(key) as Alert)
    const id = messageId(wanted[0] as Alert)
    const claimed: Alert[] = []
    for (const alert of wanted) {
      const to = { state: 'merged' as const, at: clock.now(), reason: id }
      if (await alerts.change(alert.key, unrung, to, { messageId: id })) claimed.push(alert)
    }
    const [first] = claimed
    if (!first) return
    const userid = await spellingOf(staffId, first)
    const card = planned.kind === 'digest' ? digestOf(id, userid, claimed) : cardOf(id, userid, claimed, clock.now())
    const json = messenger.print(card)
    await messages.freeze(frozen({ id, staffId, json, claimed, kind: planned.kind }))
    await live.publish(claimed.map(({ key }) => ({ staffId, kind: 'alert-changed', subject: key })))
  }

  /** The member as WeCom spells them: in what it told about this customer, or in its list of members. */
  async function spellingOf(staffId: StaffId, { externalUserId }: Alert): Promise<string> {
    const contact = await contacts.get(externalUserId)
    const follow = contact?.follows.find((one) => one.staffId === staffId)
    return follow?.userid ?? (await staffDirectory.get(staffId))?.userid ?? staffId
  }

  /** The same alert rings under a new id each time it comes back: WeCom refuses a task_id twice. */
  function messageId(first: Alert): string {
    const rings = first.history.filter(({ state }) => state === 'merged').length
    return `alert-${fingerprint(first.key)}-${rings}`
  }

  function frozen(parts: Pick<Message, 'id' | 'staffId' | 'json' | 'kind'> & { claimed: readonly Alert[] }): Message {
    const { claimed, ...rest } = parts
    const now = clock.now()
    return {
      ...rest,
      alertKeys: claimed.map(({ key }) => key),
      externalUserIds: [...new Set(claimed.map(({ externalUserId }) => externalUserId))],
      state: 'waiting',
      frozenAt: now,
      nextTryAt: now,
      attempts: 0,
      sentAt: null,
      msgId: null,
      responseCode: null,
      update: null,
      note: null,
    }
  }

  /** Alerts claimed for a message that was never frozen wait again. */
  async function recover(): Promise<void> {
    for (const alert of await alerts.inState('merged', mostUnrung)) {
      const message = alert.messageId ? await messages.get(alert.messageId) : null
      if (message?.alertKeys.includes(alert.key)) continue
      const to = { state: 'queued' as const, at: clock.now(), reason: 'recovered' }
      await alerts.change(alert.key, ['merged'], to, { messageId: null })
    }
  }

  return {
    async ring(): Promise<number> {
      if (unsure) await recover()
      unsure = true
      // To the end: what a failed round still had under way is not to be taken for what a crash left.
      const counts = await inParallelToTheEnd(phonesAtOnce, await alerts.staffWithUnrung(clock.now()), ringPhone)
      unsure = false
      return counts.reduce((sum, count) => sum + count, 0)
    },

    /** Another process did the work until now, and may have died half-way: the next round looks. */
    takeOver(): void {
      unsure = true
    },
  }
}

function cardOf(id: string, userid: string, claimed: readonly Alert[], at: Date): Card {
  const [first, ...others] = claimed as [Alert, ...Alert[]]
  const tail = wordsIn(first)
  return {
    kind: 'card',
    id,
    userid,
    externalUserId: first.externalUserId,
    alertKey: first.key,
    title: `${first.customerName} ${first.title}`,
    ...(tail ? { tail } : {}),
    at,
    evidence: first.evidence,
    also: others.map(({ title }) => title),
  }
}

function digestOf(id: string, userid: string, claimed: readonly Alert[]): Card {
  const customers = new Set(claimed.map(({ externalUserId }) => externalUserId))
  const lines = claimed.map(({ customerName, title }) => `${customerName} ${title}`)
  return { kind: 'digest', id, userid, title: `有 ${customers.size} 位客户值得联系`, lines }
}
