import type { Context, Middleware } from 'koa'
import { BadRequest, BodyTooLarge, MalformedCallback, MalformedEnvelope, StoreUnavailable, TooManyRequests } from '../server/domain/errors.ts'

/** Answers `{ "error": { "code", "message" } }`. */
export function refuse(ctx: Context, status: number, code: string, message: string): void {
  ctx.status = status
  ctx.body = { error: { code, message } }
}

/** 429 with Retry-After. */
export function refuseForNow(ctx: Context, seconds: number): void {
  ctx.set('Retry-After', String(seconds))
  refuse(ctx, 429, 'too-many', `太频繁了，请 ${seconds} 秒后再试。Too many requests, try again in ${seconds} s.`)
}

/** Turns what may go wrong at our own ears into its status; anything else is a bug and passes on. */
export const answerJsonErrors: Middleware = async (ctx, next) => {
  try {
    await next()
  } catch (error) {
    if (error instanceof BadRequest) return refuse(ctx, 400, 'bad-request', error.problem)
    if (error instanceof MalformedEnvelope) return refuse(ctx, 400, 'bad-request', error.reason)
    if (error instanceof BodyTooLarge) return refuse(ctx, 413, 'too-large', `请求超过 ${error.limitBytes} 字节，请分批发送。`)
    if (error instanceof TooManyRequests) return refuseForNow(ctx, error.retryAfterSeconds)
    if (error instanceof StoreUnavailable) return refuse(ctx, 503, 'unavailable', '暂时存不下，请稍后原样重发。')
    throw error
  }
}

/** JSON of a body, whatever its content type says (sendBeacon sends text/plain). @throws BadRequest */
export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new BadRequest('body must be JSON in UTF-8')
  }
}

/** JSON of a delivery that we wrote ourselves. @throws MalformedCallback */
export function storedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new MalformedCallback('not JSON', { cause })
  }
}
