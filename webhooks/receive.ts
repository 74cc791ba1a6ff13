import type { Middleware, ParameterizedContext } from 'koa'
import { wordsOf, type FaultName } from '../server/domain/diagnosis-faults.ts'
import { BodyTooLarge, MalformedEnvelope, StoreUnavailable, UntrustedCallback } from '../server/domain/errors.ts'
import type { RateLimits } from '../server/edge/rate-limits.ts'
import type { Clock } from '../server/ports/clock.ts'
import type { Delivery, Inbox } from '../server/ports/inbox.ts'
import type { Log } from '../server/ports/log.ts'
import type { NoteSighting } from '../server/ports/sightings.ts'
import type { Channel } from './channel.ts'
import { deliveryKey } from './delivery-key.ts'
import { passing, type Forwarding, type Passing } from './pass-on.ts'
import { callbackQuery } from './query.ts'
import { readBody } from './raw-body.ts'
import { within } from './within.ts'

export interface ReceiveDeps {
  inbox: Inbox
  /** By channel: the systems that had our addresses before us. */
  forwardings?: ReadonlyMap<string, Forwarding>
  limits: RateLimits
  /** Hears what each callback tells of its console. */
  noteSighting?: NoteSighting
  clock: Clock
  log: Log
}

/** Tencent drops the connection after 5 s and calls that lost; a 503 within 4 s makes it send again. */
const storeTimeoutMs = 3_500

/** The path every callback walks: trust, save, ack. Nothing slow happens here, and nothing is interpreted. */
export function receive(channel: Channel, { inbox, forwardings, limits, noteSighting, clock, log }: ReceiveDeps): Middleware {
  const forwarding = forwardings?.get(channel.name)
  return (ctx) =>
    answeringRefusals(ctx, channel, { limits, log, ...(noteSighting && { noteSighting }) }, async () => {
      const arrivedMs = performance.now()
      const body = await readBody(ctx.req)
      const bytes = channel.open(body, callbackQuery(ctx.querystring))
      noteSighting?.(channel.name, 'good')
      const delivery = {
        channel: channel.name,
        account: channel.account,
        key: deliveryKey(bytes),
        bytes,
        receivedAt: clock.now(),
      }
      const reply = channel.replyTo?.(bytes, delivery.receivedAt) ?? null
      const answerIsSeen = forwarding !== undefined && (reply !== null || (channel.answerIsSeen?.(bytes) ?? false))
      const passed = forwarding && passing(forwarding, { delivery, req: ctx.req, body, arrivedMs, answerIsSeen }, log)
      if (reply === null) await storeAndKeep(inbox, delivery, passed)
      else await storeIfPossible(inbox, delivery, log)
      const theirs = await passed?.answered()
      if (theirs) answer(ctx, Buffer.from(theirs.body), theirs.type ?? 'text/plain')
      else if (reply === null) answer(ctx, channel.ack)
      else answer(ctx, reply.body, reply.type)
    })
}

/**
 * Saved by us, and kept for the other system: what is acked reaches both. Where we cannot save, the platform will send it
 * again, and the other system hears it all the same. @throws StoreUnavailable
 */
export async function storeAndKeep(inbox: Inbox, delivery: Delivery, passed: Passing | undefined): Promise<void> {
  try {
    await storeInTime(inbox, delivery)
  } catch (error) {
    passed?.sendUnkept()
    throw error
  }
  await passed?.kept
}

/**
 * Somebody's order waits for the answer to a question, and nothing that we would store is worth holding it up: with the
 * store away it is answered all the same, in time.
 */
async function storeIfPossible(inbox: Inbox, delivery: Delivery, log: Log): Promise<void> {
  try {
    await storeInTime(inbox, delivery)
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    log.warn({ channel: delivery.channel, reason: causeOf(error) }, 'question answered but not stored')
  }
}

/** The platform checking our URL: the answer is exactly what it asks for, text/plain, nothing around it. */
export function answerUrlCheck(channel: Channel, deps: RefusalDeps): Middleware {
  return (ctx) =>
    answeringRefusals(ctx, channel, deps, async () => {
      answer(ctx, channel.answerUrlCheck(callbackQuery(ctx.querystring)))
    })
}

type RefusalDeps = Pick<ReceiveDeps, 'limits' | 'log' | 'noteSighting'>

async function answeringRefusals(ctx: ParameterizedContext, channel: Channel, deps: RefusalDeps, work: () => Promise<void>) {
  try {
    await work()
  } catch (error) {
    if (error instanceof UntrustedCallback) {
      if (error.fault) deps.noteSighting?.(channel.name, error.fault)
      refuse(ctx, channel, deps, 401, error.reason, error.fault)
    }
    else if (error instanceof MalformedEnvelope) refuse(ctx, channel, deps, 400, error.reason)
    else if (error instanceof BodyTooLarge) refuse(ctx, channel, deps, 413, 'body too large')
    else if (error instanceof StoreUnavailable) refuse(ctx, channel, deps, 503, causeOf(error))
    else throw error
  }
}

/** A store that answers after all has stored it; the resend is then `seen`. @throws StoreUnavailable */
async function storeInTime(inbox: Inbox, delivery: Delivery): Promise<void> {
  try {
    await within(storeTimeoutMs, inbox.accept([delivery]), () => new StoreUnavailable())
  } catch (cause) {
    throw new StoreUnavailable({ cause })
  }
}

/** The class of what went wrong in the store; its message may hold an address. */
function causeOf({ cause }: StoreUnavailable): string {
  return cause instanceof Error ? cause.name : 'StoreUnavailable'
}

function answer(ctx: ParameterizedContext, body: Buffer | string, type = 'text/plain'): void {
  ctx.status = 200
  ctx.type = type
  ctx.set('X-Content-Type-Options', 'nosniff')
  ctx.body = body
}

/**
 * One log line, without anything of the body; the sender is told no more than the status. Who sends nothing but forgeries
 * is told to wait, and fills no log; what is genuine never comes here, so it is never limited.
 */
function refuse(ctx: ParameterizedContext, channel: Channel, { limits, log }: RefusalDeps, status: number, reason: string, fault: FaultName | null = null): void {
  const waitSeconds = status === 503 ? 0 : limits.refusedFrom(ctx.ip)
  if (waitSeconds > 0) ctx.set('Retry-After', String(waitSeconds))
  else log.warn({ channel: channel.name, status, reason, ...toldFault(channel.name, fault) }, status === 503 ? 'callback not stored' : 'callback refused')
  ctx.status = waitSeconds > 0 ? 429 : status
  ctx.type = 'text/plain'
  ctx.body = ''
}

/** The same name and words as `npm run doctor` has for it. */
export function toldFault(channel: string, fault: FaultName | null): { fault?: FaultName; meaning?: string } {
  return fault === null ? {} : { fault, meaning: wordsOf({ fault, about: channel }).what.en }
}
