import type { IncomingMessage } from 'node:http'
import { BodyTooLarge, MalformedEnvelope } from '../server/domain/errors.ts'

/** How much of a body we read, and how long we wait for the whole of it. */
export interface BodyLimits {
  limitBytes: number
  timeoutMs: number
}

/** A callback: 1 MiB, and the five seconds after which Tencent itself gives up (official-account.md section 3). */
export const callbackLimits: BodyLimits = { limitBytes: 1024 * 1024, timeoutMs: 5_000 }

/** After a refusal the rest is still read for a moment: a socket closed with unread bytes would lose our answer. */
const drainLimits = { bytes: 16 * 1024 * 1024, timeMs: 2_000 }

/**
 * The body's bytes, untouched: signatures cover bytes. What was declared is believed only when it is too much.
 * @throws BodyTooLarge when more than the limit is declared or arrives
 * @throws MalformedEnvelope when the body breaks off or does not arrive in time
 */
export function readBody(req: IncomingMessage, limits: BodyLimits = callbackLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const timer = setTimeout(() => refuse(new MalformedEnvelope('the body did not arrive in time')), limits.timeoutMs)

    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size > limits.limitBytes) refuse(new BodyTooLarge(limits.limitBytes))
      else chunks.push(chunk)
    }
    const finish = () => {
      stopListening()
      resolve(Buffer.concat(chunks))
    }
    const breakOff = () => {
      stopListening()
      reject(new MalformedEnvelope('the body broke off'))
    }
    const refuse = (error: Error) => {
      stopListening()
      drain(req)
      reject(error)
    }
    const stopListening = () => {
      clearTimeout(timer)
      req.off('data', take).off('end', finish).off('close', breakOff)
    }

    req.on('error', breakOff)
    if (Number(req.headers['content-length'] ?? 0) > limits.limitBytes) refuse(new BodyTooLarge(limits.limitBytes))
    else req.on('data', take).once('end', finish).once('close', breakOff)
  })
}

/** Reads on without keeping anything, then ends the connection of whoever still sends. */
function drain(req: IncomingMessage): void {
  let left = drainLimits.bytes
  const timer = setTimeout(() => req.destroy(), drainLimits.timeMs)
  timer.unref()
  req.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) req.destroy()
  })
  req.once('close', () => clearTimeout(timer))
  req.resume()
}
