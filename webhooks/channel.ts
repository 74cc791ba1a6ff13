import type { AppId } from '../server/domain/ids.ts'
import type { ChannelName } from '../server/ports/inbox.ts'
import type { CallbackQuery } from './query.ts'

/** One receiving account of one platform: how to know that a request is theirs and meant for us, and how to ack it. */
export interface Channel {
  name: ChannelName
  /** Our appid or corpid: the last part of the callback's path. */
  account: AppId | string
  /** What the platform takes for "stored". */
  ack: 'success' | ''
  /** What a URL check (GET) must be answered with, exactly. @throws UntrustedCallback */
  answerUrlCheck(query: CallbackQuery): Buffer
  /** The trusted message's bytes, decrypted, not interpreted. @throws UntrustedCallback, MalformedEnvelope */
  open(body: Uint8Array, query: CallbackQuery): Uint8Array
  /** What a trusted message asks to be answered at once, instead of the ack; null: it asks nothing. */
  replyTo?(bytes: Uint8Array, now: Date): Reply | null
  /** Whether somebody sees the answer to this trusted message; absent: nobody ever does. */
  answerIsSeen?(bytes: Uint8Array): boolean
}

/** An answer to a question, in the format that the question came in. */
export interface Reply {
  type: 'application/json' | 'text/xml'
  body: string
}
