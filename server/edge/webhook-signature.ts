import { createHmac, timingSafeEqual } from 'node:crypto'

/** The three headers of a signed webhook, lower case as Node spells them. */
export const signatureHeaders = { id: 'webhook-id', timestamp: 'webhook-timestamp', signature: 'webhook-signature' } as const

/** How far the sender's clock may be from ours, in ms. */
export const toleranceMs = 5 * 60_000

/** What a signed request shows; each is missing or as it was sent. */
export interface SignedHead {
  id: string | undefined
  timestamp: string | undefined
  signature: string | undefined
}

export type Verdict = { ok: true; id: string } | { ok: false; problem: string }

/** One `v1,<base64>` of `<id>.<timestamp>.<body>`, HMAC-SHA256; the timestamp is in Unix seconds. */
export function webhookSignature(key: Uint8Array, id: string, timestamp: string, body: Uint8Array): string {
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body)
  return `v1,${mac.digest('base64')}`
}

/**
 * Whether one of the signatures (separated by spaces) was made with one of the keys, about this body and about now.
 * The problem names what the sender got wrong and is safe to tell: no secret and nothing of the body is in it.
 */
export function verifyWebhook(head: SignedHead, body: Uint8Array, keys: readonly Uint8Array[], now: Date): Verdict {
  const { id, timestamp, signature } = head
  const problem = problemOfId(id) ?? problemOfTime(timestamp, now) ?? problemOfForm(signature)
  if (problem !== null) return { ok: false, problem }
  const given = (signature ?? '').split(' ').map((text) => Buffer.from(text))
  const wanted = keys.map((key) => Buffer.from(webhookSignature(key, id ?? '', timestamp ?? '', body)))
  // Every pair is compared, in constant time each.
  const fits = wanted.flatMap((one) => given.map((other) => one.length === other.length && timingSafeEqual(one, other)))
  if (fits.includes(true)) return { ok: true, id: id ?? '' }
  return { ok: false, problem: 'webhook-signature does not fit: sign `<webhook-id>.<webhook-timestamp>.<body>` with the decoded secret, over the very bytes that are sent' }
}

function problemOfId(id: string | undefined): string | null {
  if (!id) return 'webhook-id is missing'
  return /^[\w.:-]{1,200}$/.test(id) ? null : 'webhook-id must be 1 to 200 letters, digits, _ - : or .'
}

function problemOfTime(timestamp: string | undefined, now: Date): string | null {
  if (!timestamp) return 'webhook-timestamp is missing'
  if (/^\d{13}$/.test(timestamp)) return 'webhook-timestamp must be Unix time in seconds, not in milliseconds'
  if (!/^\d{1,11}$/.test(timestamp)) return 'webhook-timestamp must be Unix time in whole seconds'
  const gapMs = Number(timestamp) * 1000 - now.getTime()
  if (gapMs > toleranceMs) return `webhook-timestamp is ${Math.round(gapMs / 1000)} s ahead of our clock: at most 300 are taken`
  if (gapMs < -toleranceMs) return `webhook-timestamp is ${Math.round(-gapMs / 1000)} s behind our clock: at most 300 are taken; sign each retry anew`
  return null
}

function problemOfForm(signature: string | undefined): string | null {
  if (!signature) return 'webhook-signature is missing'
  return signature.split(' ').some((text) => /^v1,[A-Za-z0-9+/]{43}=$/.test(text))
    ? null
    : 'webhook-signature must hold v1,<base64 of 32 bytes>'
}
