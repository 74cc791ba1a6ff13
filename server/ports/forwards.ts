import type { CallbackRequest, ForwardAnswer, ForwardedCallback, ForwardTry } from '../domain/forwarded.ts'

/** Callbacks that wait to be passed on, and the log of what the other system said: 7 days. */
export interface Forwards {
  /** Stores it; false: it is there already (a resend). @throws StoreUnavailable */
  put(callback: ForwardedCallback): Promise<boolean>
  /** Waiting in this channel and due, earliest first. */
  due(channel: string, now: Date, limit: number): Promise<readonly ForwardedCallback[]>
  /** Notes one try and what follows from it; done with, the request's bytes go. */
  note(id: string, tried: ForwardTry, next: { state: ForwardedCallback['state']; nextTryAt: Date }): Promise<void>
  /** Newest first, without the requests. */
  list(state: ForwardedCallback['state'], limit: number): Promise<readonly ForwardedCallback[]>
}

/** Sends to the other system. Never throws for what it does. */
export interface Forwarder {
  /** One try. `answer` null: there was none in time, `problem` says why in words safe to keep. */
  send(channel: string, request: CallbackRequest, timeoutMs: number): Promise<{ answer: ForwardAnswer | null; problem: string | null }>
}

/** What the edge asks for with each trusted callback of a channel that has a predecessor. */
export interface PassOn {
  /** Keeps it for passing on; false: it was kept before. @throws StoreUnavailable */
  keep(callback: PassedCallback): Promise<boolean>
  /**
   * Passes it on now. Where it is not taken, it is tried again later.
   * @returns the answer to give to the platform; null: ours
   */
  send(callback: PassedCallback, timeoutMs: number): Promise<ForwardAnswer | null>
}

export interface PassedCallback {
  id: string
  channel: string
  request: CallbackRequest
  /** Whether the customer would see its answer. */
  answerIsSeen: boolean
}
