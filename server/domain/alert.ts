import type { ExternalUserId, StaffId } from './ids.ts'

/**
 * The life of an alert. Open: queued, held, merged, sent, sent-unconfirmed, refused, opened, snoozed.
 * Closed: acted, not-useful, retracted, superseded, expired.
 */
export type AlertState =
  | 'queued'
  | 'held'
  | 'merged'
  | 'sent'
  | 'sent-unconfirmed'
  | 'refused'
  | 'opened'
  | 'acted'
  | 'snoozed'
  | 'not-useful'
  | 'retracted'
  | 'superseded'
  | 'expired'

export const openStates: readonly AlertState[] = [
  'queued',
  'held',
  'merged',
  'sent',
  'sent-unconfirmed',
  'refused',
  'opened',
  'snoozed',
]

/** States in which the phone has not rung yet, so that the alert may still move to an heir or be retracted. */
export const unsentStates: readonly AlertState[] = ['queued', 'held', 'snoozed', 'refused']

/** One line of evidence: what was seen, and when. For the salesperson's eyes only. */
export interface EvidenceLine {
  at: Date
  text: string
}

/** What we tell ONE salesperson about ONE customer. */
export interface Alert {
  /** rule + subject + causing event's key: the same cause is the same alert. */
  key: string
  rule: string
  subject: string
  externalUserId: ExternalUserId
  customerName: string
  owner: StaffId
  /** Two to four characters for the inbox, 加购未下单. */
  tag: string
  /** Why now, as it could be said aloud, without the name: 加购了羊绒大衣，还没下单. */
  title: string
  /** At most three lines, newest first. */
  evidence: readonly EvidenceLine[]
  /** Proposed first sentences, at least three; none shows that we were watching. */
  openers: readonly string[]
  /** Ids (with aliases) of the items it is about: an order paid closes it. */
  items: readonly string[]
  /** Keys of the events behind it. */
  eventKeys: readonly string[]
  /** now: 现在最该联系; later: 可以晚一点. */
  urgency: 'now' | 'later'
  /** A direct question does not wait for the merge window. */
  direct: boolean
  /** False for what was already more than two hours old on arrival: it joins the next message or stays in the inbox. */
  rings: boolean
  /** When the signal became true, event time. */
  at: Date
  /** When the alert was made, clock time. */
  raisedAt: Date
  /** Not rung before this moment (snooze, opening); null: as soon as the governor allows. */
  dueAt: Date | null
  state: AlertState
  /** Each change with time and reason, oldest first. */
  history: readonly { state: AlertState; at: Date; reason: string }[]
  /** The message that rang it. */
  messageId: string | null
}

export type FeedbackAction = 'following' | 'later' | 'not-useful' | 'undo'

/** One ring of one phone. The JSON is frozen before the first attempt and repeated byte for byte. */
export interface Message {
  /** task_id of the card; `[0-9A-Za-z_\-@]`, at most 128 bytes. */
  id: string
  staffId: StaffId
  /** Request body of message/send, frozen. */
  json: string
  alertKeys: readonly string[]
  /** Customers it names: each is rung about at most once per merge window. */
  externalUserIds: readonly ExternalUserId[]
  kind: 'card' | 'digest'
  state: 'waiting' | 'sent' | 'sent-unconfirmed' | 'refused'
  frozenAt: Date
  /** Not tried before this moment. */
  nextTryAt: Date
  attempts: number
  sentAt: Date | null
  /** WeCom's msgid, needed to recall. */
  msgId: string | null
  /** Newest unused response_code and when we got it (72 h, once). */
  responseCode: { code: string; at: Date } | null
  /** Grey text that should replace the card's buttons, not before `dueAt` (undo still possible until then). */
  update: { text: string; dueAt: Date } | null
  /** What happened to the card afterwards, in words for the page. */
  note: string | null
}
