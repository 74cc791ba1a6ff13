import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { ConfigInvalid } from '../server/domain/errors.ts'
import { outgoingEvents, type OutgoingEvent } from '../server/domain/outgoing.ts'
import { secretOf } from './webhook-key.ts'

/** Another system of the brand that hears our news. */
export interface OutgoingReceiver {
  name: string
  url: string
  events: readonly OutgoingEvent[]
  keys: readonly Uint8Array[]
  /** Whether it may be on this host or in a private network. */
  allowPrivate: boolean
}

type Env = Readonly<Record<string, string | undefined>>

const receiver = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be 1 to 40 lower-case letters, digits or -'),
    enabled: z.boolean(),
    url: z.string().refine(isPostable, 'must be an https URL without user name and fragment'),
    secrets: z.array(z.string().regex(/^[A-Z][A-Z0-9_]{2,63}$/, 'must be the name of an environment variable, never the secret itself')).min(1).max(4),
    events: z.array(z.enum(outgoingEvents)).min(1),
    allowPrivate: z.boolean().default(false),
  })
  .refine(({ url, allowPrivate }) => !url.startsWith('http:') || (allowPrivate && isLoopback(url)), {
    path: ['url'],
    error: 'must be https; http only for this very host, with "allowPrivate": true',
  })

const file = z.strictObject({
  receivers: z.array(receiver).superRefine((receivers, context) => {
    receivers.forEach(({ name }, index) => {
      const first = receivers.findIndex((one) => one.name === name)
      if (first < index) context.addIssue({ code: 'custom', path: [index, 'name'], message: `is taken by receivers[${first}]` })
    })
  }),
})

/**
 * The receivers of outgoing webhooks that are switched on, with their keys from the environment.
 * @throws ConfigInvalid naming each place; never a secret, never an address
 */
export function loadOutgoing(path: string, env: Env): readonly OutgoingReceiver[] {
  const name = path.split('/').slice(-2).join('/')
  const result = file.safeParse(readJson(path, name))
  if (!result.success) throw new ConfigInvalid(result.error.issues.map((issue) => `${name} ${placeOf(issue.path)} ${issue.message}`))
  const problems: string[] = []
  const receivers = result.data.receivers.flatMap(({ enabled, secrets, ...rest }, index) => {
    if (!enabled) return []
    const keys = secrets.flatMap((secret, at) => secretOf(env, secret, `${name} receivers[${index}].secrets[${at}]`, problems))
    return [{ ...rest, keys }]
  })
  if (problems.length > 0) throw new ConfigInvalid(problems)
  return receivers
}

function isPostable(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, hash } = new URL(text)
  return /^https?:$/.test(protocol) && username === '' && password === '' && hash === ''
}

function isLoopback(text: string): boolean {
  return URL.canParse(text) && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(new URL(text).hostname)
}

function readJson(path: string, name: string): unknown {
  if (!existsSync(path)) throw new ConfigInvalid([`${name} is not there`])
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    throw new ConfigInvalid([`${name} cannot be read as JSON`])
  }
}

function placeOf(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  return text.replace(/^\./, '') || 'as a whole'
}
