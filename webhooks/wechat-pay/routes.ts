import { Router } from '@koa/router'
import type { ParameterizedContext } from 'koa'
import { BodyTooLarge, MalformedEnvelope, StoreUnavailable, UntrustedCallback } from '../../server/domain/errors.ts'
import type { CallbackFault } from '../../server/domain/diagnosis-faults-callbacks.ts'
import type { RateLimits } from '../../server/edge/rate-limits.ts'
import type { Inbox } from '../../server/ports/inbox.ts'
import type { Log } from '../../server/ports/log.ts'
import type { NoteSighting } from '../../server/ports/sightings.ts'
import { readBody } from '../raw-body.ts'
import { passing, type Forwarding } from '../pass-on.ts'
import { storeAndKeep, toldFault } from '../receive.ts'
import type { PayChannel } from './channel.ts'
import { Undecryptable } from './decrypt.ts'

export interface PayRoutesDeps {
  channel: PayChannel
  inbox: Inbox
  limits: RateLimits
  /** The system whose notify_url this was. */
  forwardings?: ReadonlyMap<string, Forwarding>
  /** Hears what each notification tells of the merchant's settings. */
  noteSighting?: NoteSighting
  log: Log
}

/** `POST /webhooks/wechat-pay/:mchId`: trust, save, ack within the five seconds that WeChat Pay waits (A4, B1). */
export function payRoutes({ channel, inbox, forwardings, limits, noteSighting, log }: PayRoutesDeps): Router {
  const forwarding = forwardings?.get('wechat-pay')
  const router = new Router({ prefix: '/webhooks/wechat-pay', sensitive: true })
  router.post('/:mchId', async (ctx) => {
    if (ctx.params.mchId !== channel.merchantId) return answer(ctx, 404, 'FAIL', 'no such merchant')
    try {
      const arrivedMs = performance.now()
      const body = await readBody(ctx.req)
      const delivery = channel.open(body, (name) => ctx.get(name))
      noteSighting?.('wechat-pay', 'good')
      const passed = forwarding && passing(forwarding, { delivery, req: ctx.req, body, arrivedMs, answerIsSeen: false }, log)
      await storeAndKeep(inbox, delivery, passed)
      await passed?.answered()
      answer(ctx, 200, 'SUCCESS', '成功')
    } catch (error) {
      const refusal = refusalOf(error)
      if (!refusal) throw error
      const [status, reason] = refusal
      const fault = faultOf(error)
      if (fault) noteSighting?.('wechat-pay', fault)
      // Rightly signed but not opened is our own key's fault: it is not held against the sender.
      const isTheirs = status < 500 && !(error instanceof Undecryptable)
      const waitSeconds = isTheirs ? limits.refusedFrom(ctx.ip) : 0
      if (waitSeconds > 0) ctx.set('Retry-After', String(waitSeconds))
      if (waitSeconds > 0) return answer(ctx, 429, 'FAIL', 'refused')
      const note = { channel: 'wechat-pay', status, reason, ...toldFault('wechat-pay', fault) }
      if (error instanceof Undecryptable) log.error(note, 'notification not decrypted: is WXPAY_API_V3_KEY right?')
      else log.warn(note, status === 503 ? 'callback not stored' : 'callback refused')
      answer(ctx, status, 'FAIL', 'refused')
    }
  })
  return router
}

/** What may be set up wrongly; null: the refusal tells nothing of that. */
function faultOf(error: unknown): CallbackFault | null {
  if (error instanceof Undecryptable) return 'callback-not-opened'
  return error instanceof UntrustedCallback ? error.fault : null
}

/** Status and reason of what is refused; null: a bug. */
function refusalOf(error: unknown): readonly [number, string] | null {
  if (error instanceof UntrustedCallback) return [401, error.reason]
  if (error instanceof MalformedEnvelope) return [400, error.reason]
  if (error instanceof BodyTooLarge) return [413, 'body too large']
  if (error instanceof StoreUnavailable) return [503, 'StoreUnavailable']
  if (error instanceof Undecryptable) return [422, 'not decrypted']
  return null
}

/** Anything but 2xx is sent again; a failure carries the code FAIL (wechat-pay.md section 5). */
function answer(ctx: ParameterizedContext, status: number, code: 'SUCCESS' | 'FAIL', message: string): void {
  ctx.status = status
  ctx.body = { code, message }
}
