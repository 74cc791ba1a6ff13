/** A request that is passed on as it came: its signature covers the query or these headers, and the body's bytes. */
export interface CallbackRequest {
  /** Raw, without `?`. */
  query: string
  /** Those that mean something to its receiver; names in lower case. */
  headers: Readonly<Record<string, string>>
  body: Uint8Array
}

/** One callback that also goes to the system which had the address before us (A11). */
export interface ForwardedCallback {
  /** Same for every resend. */
  id: string
  channel: string
  /** null: it is done with, and its bytes are not kept. */
  request: CallbackRequest | null
  createdAt: Date
  /** Not tried again before this moment. */
  nextTryAt: Date
  state: 'waiting' | 'delivered' | 'given-up'
  /** Each try, oldest first. */
  tries: readonly ForwardTry[]
}

export interface ForwardTry {
  at: Date
  /** null: no answer in time. */
  status: number | null
  /** Why it counts as failed, in our words or the system's code. */
  problem: string | null
  /** How long it took, in ms. */
  ms: number
  /** How many bytes it answered. */
  bytes: number
  /** Whether its answer went back to the platform instead of ours. */
  wentBack: boolean
}

/** What the other system answered. */
export interface ForwardAnswer {
  status: number
  /** Its content type; null: none was named. */
  type: string | null
  body: Uint8Array
}

/** Headers that belong to the message itself: format, sender, and WeChat Pay's signature (wechat-pay.md section 2). */
const passedHeaders = /^(?:content-type|user-agent|accept|request-id|wechatpay-[a-z-]+)$/

/** The headers to pass on, of those that arrived. */
export function headersToPass(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Record<string, string> {
  const passed = Object.entries(headers).filter((entry): entry is [string, string] => passedHeaders.test(entry[0]) && typeof entry[1] === 'string')
  return Object.fromEntries(passed)
}

/** Whether the platform should get this instead of our ack: a real answer, not merely another ack. */
export function saysSomething({ status, body }: ForwardAnswer): boolean {
  if (status < 200 || status >= 300) return false
  const text = Buffer.from(body).toString('latin1').trim()
  return text !== '' && text.toLowerCase() !== 'success'
}
