import type { Alert } from './alert.ts'
import { alertTitle, categoryName } from './alert-title.ts'
import type { Spacings } from './apart.ts'
import type { CustomerEvent } from './event.ts'
import type { Reader } from './event-words.ts'
import { evidenceLines } from './evidence.ts'
import type { AppId } from './ids.ts'
import { wallClock } from './local-time.ts'
import type { Signal } from './memory.ts'
import { namedItem } from './named-item.ts'
import type { Contact, Follow } from './person.ts'
import type { Rule } from './rule.ts'
import { greetingAt, openersFor, type Sentences } from './sentences.ts'
import { signalEvents, type SignalEvents } from './signal-events.ts'
import { idsOf, itemsOf, subjectOf } from './subject.ts'

const ringsUpToMs = 2 * 60 * 60 * 1000

/** What is the same for every decision of one brand. */
export interface AlertWording {
  sentences: Sentences
  timeZone: string
  /** The Official Account's appid: its beacon speaks for an H5 mall. */
  officialAccount: AppId | null
  /** What the rules take for one. */
  spacings: Spacings
}

export interface AlertQuestion {
  contact: Contact
  /** The member we alert; null: nobody follows the customer now. */
  owner: Follow | null
  /** When ownership began: with the add, or with the inheritance. */
  ownerSince: Date
  /** The owner's name, for sentences that introduce her. */
  staffName: string | null
  signal: Signal
  rule: Rule
  /** The signal's events, and what else happened lately, in any order. */
  events: readonly CustomerEvent[]
  /** Briefings about this customer. */
  told: readonly { at: Date; eventKeys: readonly string[] }[]
  /** When we heard of it, however long it then waited for us. */
  arrivedAt: Date
  now: Date
}

export type AlertDecision =
  | { alert: Alert }
  | { alert: null; because: 'nobody-follows' | 'told-in-the-briefing' | 'before-ownership' }

/** Whether one signal earns one alert 提醒, for whom, and in which words. Pure: no clock, no store, no network. */
export function decideAlert(question: AlertQuestion, wording: AlertWording): AlertDecision {
  const { owner, ownerSince, signal, told } = question
  if (owner === null) return { alert: null, because: 'nobody-follows' }
  const isTold = told.some(({ at, eventKeys }) => signal.at <= at && eventKeys.includes(signal.causeKey))
  if (isTold) return { alert: null, because: 'told-in-the-briefing' }
  if (signal.at < ownerSince) return { alert: null, because: 'before-ownership' }
  return { alert: alertFor(question, owner, wording) }
}

/** How a salesperson calls the customer: her own remark, else the WeChat name. */
export function customerNameFor(contact: Contact, owner: Follow | null): string {
  return owner?.remark?.trim() || contact.name.trim() || '客户'
}

function alertFor(question: AlertQuestion, owner: Follow, wording: AlertWording): Alert {
  const { contact, signal, rule, events, arrivedAt, now } = question
  const seen = signalEvents(signal, rule, events)
  const wall = wallClock(wording.timeZone)
  const address = addressFor({ ...question, owner, rule: rule.id, cause: seen.cause }, wording)
  const reader = readerOf(owner, wording)
  return {
    key: signal.key,
    rule: rule.id,
    subject: signal.subject,
    externalUserId: contact.externalUserId,
    customerName: address.customerName,
    owner: owner.staffId,
    tag: rule.tag,
    title: alertTitle(rule, seen),
    evidence: evidenceLines(rule, seen, events, reader, wall),
    openers: address.openers,
    items: itemIds(seen),
    eventKeys: signal.eventKeys,
    urgency: rule.urgency,
    direct: rule.direct,
    rings: arrivedAt.getTime() - signal.at.getTime() <= ringsUpToMs,
    at: signal.at,
    raisedAt: now,
    dueAt: null,
    state: 'queued',
    history: [{ state: 'queued', at: now, reason: 'raised' }],
    messageId: null,
  }
}

export interface AddressQuestion {
  contact: Contact
  owner: Follow
  staffName: string | null
  /** The rule's id. */
  rule: string
  /** The causing event, where it is known and may be named. */
  cause: CustomerEvent | null
  /** What else happened lately: it tells which item a question names. */
  events?: readonly CustomerEvent[]
  now: Date
}

/** What depends on who speaks to the customer: her name for them, and the proposed first sentences. */
export function addressFor(question: AddressQuestion, wording: AlertWording): Pick<Alert, 'customerName' | 'openers'> {
  const { contact, owner, rule, cause, events = [], staffName, now } = question
  const isContent = cause !== null && 'contentId' in cause
  const title = cause ? subjectOf(cause).title : null
  const named = cause?.kind === 'sent-message' && cause.text ? namedItem(cause.text, events) : null
  const customer = customerNameFor(contact, owner)
  const facts = {
    customer,
    item: named ?? (isContent ? null : title),
    named: named !== null,
    article: isContent ? title : null,
    category: cause ? categoryName(cause) : null,
    staff: staffName,
  }
  const openers = openersFor(wording.sentences, rule, facts, greetingAt(now, wallClock(wording.timeZone)))
  return { customerName: customer, openers }
}

/** In whose words what happened is told to one member. */
export function readerOf({ staffId }: Pick<Follow, 'staffId'>, { officialAccount, spacings }: AlertWording): Reader {
  return { staffId, officialAccount, spacings }
}

function itemIds({ cause, counted }: SignalEvents): string[] {
  const events = cause && !counted.includes(cause) ? [cause, ...counted] : counted
  return [...new Set(events.flatMap(itemsOf).flatMap(idsOf))]
}
