import type { IncomingMessage } from 'node:http'
import { headersToPass, type ForwardAnswer } from '../server/domain/forwarded.ts'
import type { PassedCallback, PassOn } from '../server/ports/forwards.ts'
import type { Delivery } from '../server/ports/inbox.ts'
import type { Log } from '../server/ports/log.ts'

/** How the callbacks of one channel reach the system that had the address before us (A11). */
export interface Forwarding {
  passOn: PassOn
  /** Until then, counted from the request's arrival, we wait for an answer that the customer would see. */
  waitMs: number
}

export interface ArrivedCallback {
  delivery: Delivery
  req: IncomingMessage
  body: Uint8Array
  /** performance.now() when the request began. */
  arrivedMs: number
  /** Whether the customer would see what is answered. */
  answerIsSeen: boolean
}

/** One callback's way to the other system, beside ours: none of its steps can fail. */
export interface Passing {
  /** Stored for passing on, as soon as the delivery is; done by the time of the ack, so that a crash loses nothing. */
  kept: Promise<void>
  /** Passes it on. Waits only where the customer sees the answer; null: ours is to be given. */
  answered(): Promise<ForwardAnswer | null>
  /** Passes it on without keeping it: our own store is away, which must not silence the other system. */
  sendUnkept(): void
}

/** Starts keeping it at once; see {@link Passing}. */
export function passing({ passOn, waitMs }: Forwarding, arrived: ArrivedCallback, log: Log): Passing {
  const { delivery, req, body, arrivedMs, answerIsSeen } = arrived
  const callback: PassedCallback = {
    id: `${delivery.channel}:${delivery.account}:${delivery.key}`,
    channel: delivery.channel,
    request: { query: req.url?.split('?').slice(1).join('?') ?? '', headers: headersToPass(req.headers), body },
    answerIsSeen,
  }
  let isNew = true
  const kept = passOn.keep(callback).then(
    (stored) => void (isNew = stored),
    (error: unknown) => log.warn({ channel: delivery.channel, reason: nameOf(error) }, 'callback not kept for passing on'),
  )
  const send = () => passOn.send(callback, waitMs - (performance.now() - arrivedMs))
  return {
    kept,
    async answered() {
      if (answerIsSeen) return send()
      if (isNew) void passOn.send(callback, waitMs)
      return null
    },
    sendUnkept: () => void passOn.send(callback, waitMs),
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown'
}
