import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { verifyWebhook, webhookSignature } from '../edge/webhook-signature.ts'

/** What a connector may have signed instead of `<id>.<timestamp>.<body>`, and what to tell its author. */
type Guess = readonly [told: string, base: (parts: Parts) => string]

interface Parts {
  id: string
  timestamp: string
  body: string
}

const bases: readonly Guess[] = [
  ['the body alone was signed: sign <webhook-id>.<webhook-timestamp>.<body>', ({ body }) => body],
  ['<timestamp>.<body> was signed: the webhook-id comes first', ({ timestamp, body }) => `${timestamp}.${body}`],
  ['<id>.<body> was signed: the timestamp is missing in between', ({ id, body }) => `${id}.${body}`],
  ['<timestamp>.<id>.<body> was signed: the webhook-id comes first', ({ id, timestamp, body }) => `${timestamp}.${id}.${body}`],
  ['id, timestamp and body were signed without the dots between them', ({ id, timestamp, body }) => `${id}${timestamp}${body}`],
  ['another spelling of the JSON was signed than was sent: sign the very bytes', ({ id, timestamp, body }) => `${id}.${timestamp}.${compact(body)}`],
  ['the body was signed with a line break at its end that was not sent', ({ id, timestamp, body }) => `${id}.${timestamp}.${body}\n`],
  ['the body was signed without the line break at its end', ({ id, timestamp, body }) => `${id}.${timestamp}.${body.trimEnd()}`],
]

/** What is wrong with one request's signature, as exactly as it can be found out; null: it is right. */
export function signatureProblem(headers: IncomingHttpHeaders, body: Buffer, secret: string, key: Uint8Array, now: Date): string | null {
  const one = (name: string) => [headers[name]].flat()[0]
  const head = { id: one('webhook-id'), timestamp: one('webhook-timestamp'), signature: one('webhook-signature') }
  const verdict = verifyWebhook(head, body, [key], now)
  if (verdict.ok) return null
  const given = head.signature ?? ''
  if (!head.id || !head.timestamp || given === '') return verdict.problem
  return guess({ id: head.id, timestamp: head.timestamp, body: body.toString() }, given, secret, key) ?? verdict.problem
}

function guess(parts: Parts, given: string, secret: string, key: Uint8Array): string | null {
  const { id, timestamp, body } = parts
  const right = webhookSignature(key, id, timestamp, Buffer.from(body)).slice('v1,'.length)
  if (given === right) return 'webhook-signature lacks its version: v1,<base64>'
  const base = `${id}.${timestamp}.${body}`
  const digests = ['sha256', 'sha1', 'sha512'] as const
  const keys: readonly (readonly [string, Uint8Array | string])[] = [
    ['', key],
    ['the secret was used as text: decode the base64 after whsec_', secret],
    ['the secret was used as text: decode the base64 after whsec_', secret.replace('whsec_', '')],
  ]
  for (const [wrongKey, one] of keys) {
    for (const digest of digests) {
      for (const [wrongForm, form] of [['', 'base64'], ['the signature is in hex or base64url: it must be base64', 'hex'], ['the signature is in hex or base64url: it must be base64', 'base64url']] as const) {
        const wrongDigest = digest === 'sha256' ? '' : `${digest.toUpperCase()} was used: it must be SHA-256`
        const found = [['', () => base] as const, ...bases].find(([, baseOf]) => given.includes(createHmac(digest, one).update(baseOf(parts)).digest(form)))
        const told = found ? [wrongKey, wrongDigest, wrongForm, found[0]].filter((part) => part !== '') : []
        if (told.length > 0) return told.join('; ')
      }
    }
  }
  return null
}

function compact(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body))
  } catch {
    return body
  }
}
