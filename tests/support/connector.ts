import { createHmac, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { TestBrand } from './open-brand.ts'

/** Secrets of the stories' sources; made up. */
export const secrets = {
  INBOUND_TILL_SECRET: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  INBOUND_TILL_SECRET_OLD: `whsec_${Buffer.alloc(24, 2).toString('base64')}`,
  INBOUND_ERP_SECRET: `whsec_${Buffer.alloc(32, 3).toString('base64')}`,
  INBOUND_YOUZAN_SECRET: `whsec_${Buffer.alloc(64, 4).toString('base64')}`,
}

/** Environment of a brand to which other systems report. */
export const inboundEnv = { INBOUND_FILE: 'tests/fixtures/inbound/sources.json', ...secrets }

export interface Sending {
  id?: string
  /** Unix seconds; default: the brand's clock. */
  timestamp?: string
  secret?: string
  /** Replaces or, as undefined, removes headers. */
  headers?: Readonly<Record<string, string | undefined>>
}

export interface Answer {
  status: number
  body: { accepted: number; seen: number; ignored: number; problems: string[]; error?: { code: string; message: string } }
}

/** Signs as the specification says, with code of its own. */
export function sign(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`, 'utf8').digest('base64')}`
}

/** Another system of the brand that reports under one source. */
export function connector(brand: Pick<TestBrand, 'url' | 'clock'>, source: string, secret: string) {
  return async (body: string | object, how: Sending = {}): Promise<Answer> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const id = how.id ?? `msg_${randomUUID()}`
    const timestamp = how.timestamp ?? String(Math.floor(brand.clock.now().getTime() / 1000))
    const all: Record<string, string | undefined> = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': sign(how.secret ?? secret, id, timestamp, text),
      ...how.headers,
    }
    const headers = Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined))
    const response = await fetch(`${brand.url}/webhooks/inbound/${source}`, { method: 'POST', headers, body: text })
    const told = await response.text()
    return { status: response.status, body: (told.startsWith('{') ? JSON.parse(told) : {}) as Answer['body'] }
  }
}

/** A fixture with its placeholders filled. */
export function message(name: string, values: Readonly<Record<string, string>> = {}): string {
  const text = readFileSync(new URL(`../fixtures/inbound/${name}`, import.meta.url), 'utf8')
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => values[key] ?? '')
}
