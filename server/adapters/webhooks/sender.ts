import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { WebhookSender } from '../../ports/outgoing.ts'
import { isAllowed } from './addresses.ts'

/** A receiver as the sender needs it. */
export interface Receiver {
  name: string
  url: string
  /** All of these sign, so that the receiver can change its key in its own time. */
  keys: readonly Uint8Array[]
  /** Whether it may be on this host or in a private network. */
  allowPrivate: boolean
}

/** Asks the DNS for all addresses of a name. */
export type Resolve = (host: string, callback: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void) => void

export interface WebhookSenderDeps {
  receivers: readonly Receiver[]
  /** `v1,<base64>` over `<id>.<timestamp>.<body>`. */
  sign: (key: Uint8Array, id: string, timestamp: string, body: Uint8Array) => string
  /** Asks the DNS; for tests. */
  resolve?: Resolve
  timeoutMs?: number
}

type Result = Awaited<ReturnType<WebhookSender['send']>>

const answerLimitBytes = 64 * 1024

/** What we refuse before anything is sent. */
export class Forbidden extends Error {
  readonly code = 'address-not-allowed'
}

/**
 * Posts signed webhooks. The address is looked at when the connection is made, so that a name that changes its mind
 * after a first look gains nothing; redirects are answers, never followed; 5 s for everything; of the answer's body at
 * most 64 KiB are read and nothing is kept.
 */
export function createWebhookSender(deps: WebhookSenderDeps): WebhookSender {
  const receivers = new Map(deps.receivers.map((receiver) => [receiver.name, receiver]))
  const resolve = deps.resolve ?? systemResolve
  return {
    async send(target, { id, json, at }) {
      const receiver = receivers.get(target)
      if (!receiver) return { status: null, problem: 'no such receiver is configured' }
      const body = Buffer.from(json)
      const timestamp = String(Math.floor(at.getTime() / 1000))
      const signatures = receiver.keys.map((key) => deps.sign(key, id, timestamp, body))
      const headers = {
        'content-type': 'application/json',
        'content-length': String(body.length),
        'user-agent': 'wecom-lead-alerts',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signatures.join(' '),
      }
      return post(receiver, headers, body, { resolve, timeoutMs: deps.timeoutMs ?? 5_000 })
    },
  }
}

interface Limits {
  resolve: Resolve
  timeoutMs: number
}

function post(receiver: Receiver, headers: Record<string, string>, body: Buffer, limits: Limits): Promise<Result> {
  const url = new URL(receiver.url)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // A literal address is never looked up, so it is checked here.
  if (isIP(host) !== 0 && !isAllowed(host, receiver.allowPrivate)) return Promise.resolve(failed(new Forbidden()))
  return new Promise((resolve) => {
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest
    const lookup = guardedLookup(limits.resolve, receiver.allowPrivate)
    const outgoing = request(url, { method: 'POST', headers, lookup, agent: false })
    const timer = setTimeout(() => outgoing.destroy(new Error('timeout')), limits.timeoutMs)
    const end = (result: Result) => {
      clearTimeout(timer)
      resolve(result)
    }
    outgoing.once('response', (answer) => void drained(answer).then(() => end(statusOf(answer))))
    outgoing.on('error', (error) => end(failed(error)))
    outgoing.end(body)
  })
}

/** Reads what is answered up to the limit, then hangs up: what counts is the status. */
function drained(answer: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > answerLimitBytes) answer.destroy()
    })
    answer.once('close', resolve).on('error', () => resolve())
  })
}

function statusOf({ statusCode = 0, complete }: IncomingMessage): Result {
  if (statusCode >= 300 && statusCode < 400) return { status: statusCode, problem: 'redirects are not followed' }
  return { status: statusCode, problem: complete || statusCode < 300 ? null : 'the answer broke off' }
}

/** Looks a name up and refuses it when any of its addresses is not allowed. */
export function guardedLookup(resolve: Resolve, allowPrivate: boolean): LookupFunction {
  return (host, options, callback) => {
    resolve(host, (error, addresses) => {
      const allowed = addresses.filter(({ address }) => isAllowed(address, allowPrivate))
      const [first] = allowed
      if (error) callback(error, '')
      // One bad address among good ones is a trap as well.
      else if (!first || allowed.length < addresses.length) callback(new Forbidden(), '')
      else if (options.all) callback(null, [...allowed])
      else callback(null, first.address, first.family)
    })
  }
}

/** The machine's own DNS. */
export function systemResolve(host: string, callback: Parameters<Resolve>[1]): void {
  systemLookup(host, { all: true }, (error, addresses) => callback(error, error ? [] : addresses))
}

/** Our own words or the system's code; a message may name an address. */
function failed(error: Error & { code?: unknown }): Result {
  if (error.message === 'timeout') return { status: null, problem: 'no answer in time' }
  return { status: null, problem: typeof error.code === 'string' ? error.code : 'no connection' }
}
