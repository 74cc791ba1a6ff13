import type { Alert, AlertState, Message } from '../domain/alert.ts'
import type { ExternalUserId, StaffId } from '../domain/ids.ts'

/** Alerts: the same key twice is one alert; every change keeps time and reason. */
export interface Alerts {
  /** Stores those that are new; returns their keys. */
  put(alerts: readonly Alert[]): Promise<readonly string[]>
  get(key: string): Promise<Alert | null>
  many(keys: readonly string[]): Promise<readonly Alert[]>
  /**
   * Moves one alert to `to` if its state is one of `from`; false when it was not.
   * `patch` sets fields in the same write.
   */
  change(
    key: string,
    from: readonly AlertState[],
    to: { state: AlertState; at: Date; reason: string },
    patch?: Partial<Pick<Alert, 'owner' | 'dueAt' | 'messageId' | 'customerName' | 'openers'>>,
  ): Promise<boolean>
  /** Other words for what it says, whatever its state; its history stays. */
  reword(key: string, words: Pick<Alert, 'title' | 'evidence'>): Promise<void>
  /** Alerts about one customer in these states, newest first. */
  about(id: ExternalUserId, states: readonly AlertState[], limit: number): Promise<readonly Alert[]>
  /** Which of these customers have an alert in one of these states. */
  haveAlerts(ids: readonly ExternalUserId[], states: readonly AlertState[]): Promise<ReadonlySet<ExternalUserId>>
  /** Alerts of one member in these states, newest first. */
  of(staffId: StaffId, states: readonly AlertState[], limit: number): Promise<readonly Alert[]>
  /** Alerts of any of these members. */
  ofAny(staffIds: readonly StaffId[], states: readonly AlertState[], limit: number): Promise<readonly Alert[]>
  /** Members to plan for: with queued alerts, or with held or snoozed ones that are due at or before `now`. */
  staffWithUnrung(now: Date): Promise<readonly StaffId[]>
  /** Alerts of anybody in one state, oldest first; for recovery after a crash. */
  inState(state: AlertState, limit: number): Promise<readonly Alert[]>
  /** Open alerts raised before `before`, for expiry. */
  openSince(before: Date, limit: number): Promise<readonly Alert[]>
  /** How many alerts of these members are in each of these states, raised or last changed since `since`, by customer. */
  counts(staffIds: readonly StaffId[], states: readonly AlertState[], since: Date): Promise<readonly AlertCount[]>
}

/** Alerts of one member about one customer in one state. */
export interface AlertCount {
  owner: StaffId
  externalUserId: ExternalUserId
  state: AlertState
  count: number
}

/** Messages: frozen before the first attempt. */
export interface Messages {
  /** Stores a message once; an existing id is left as it is. */
  freeze(message: Message): Promise<void>
  get(id: string): Promise<Message | null>
  /** Waiting and due, earliest first. */
  due(now: Date, limit: number): Promise<readonly Message[]>
  /** Sent messages whose card should be updated by now, earliest first. */
  updatesDue(now: Date, limit: number): Promise<readonly Message[]>
  save(id: string, patch: Partial<Omit<Message, 'id' | 'json' | 'staffId' | 'alertKeys' | 'externalUserIds'>>): Promise<void>
  /**
   * Saves only while the message waits and was tried `attempts` times: an attempt is claimed, and its outcome noted, by
   * one process, also when another has taken over meanwhile. False: somebody else was first, nothing is changed.
   */
  saveAttempt(id: string, attempts: number, patch: Parameters<Messages['save']>[1]): Promise<boolean>
  /** What it said goes; of one that waits, still needed byte for byte, once an attempt was its last. It is not erased (C4): its card stays. */
  forgetWords(id: string): Promise<void>
  /** Times of the member's messages tried or sent at or after `since`, oldest first: what the governor counts. */
  sentSince(staffId: StaffId, since: Date): Promise<readonly Date[]>
  /** When a message naming each customer last rang that member (tried or sent); customers never rung about are absent. */
  lastRangAbout(staffId: StaffId, ids: readonly ExternalUserId[]): Promise<ReadonlyMap<ExternalUserId, Date>>
  /** Takes the newest unused response_code, once. */
  takeResponseCode(id: string, now: Date): Promise<string | null>
}
