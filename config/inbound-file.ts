import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { ConfigInvalid } from '../server/domain/errors.ts'
import { mappingFile, type Mapping } from './inbound-mapping.ts'
import { secretOf } from './webhook-key.ts'

/** One other system that tells us about customers. */
export interface InboundSource {
  /** Last part of its URL, `/webhooks/inbound/<name>`. */
  name: string
  /** False: its URL answers 404; what it told before is still read. */
  enabled: boolean
  /** Any of these signs: two while one is being replaced. */
  keys: readonly Uint8Array[]
  mapping: Mapping
}

type Env = Readonly<Record<string, string | undefined>>

const variable = z.string().regex(/^[A-Z][A-Z0-9_]{2,63}$/, 'must be the name of an environment variable, never the secret itself')

const source = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be 1 to 40 lower-case letters, digits or -'),
  enabled: z.boolean(),
  secrets: z.array(variable).min(1, 'needs at least one name').max(4),
  /** A file, counted from this one; or the mapping itself. */
  mapping: z.union([z.string(), z.looseObject({})], 'must be the name of a mapping file, or a mapping'),
  /** In addition to those of the mapping. */
  samples: mappingFile.shape.samples,
})

const file = z.strictObject({
  sources: z.array(source).superRefine((sources, context) => {
    sources.forEach(({ name }, index) => {
      const first = sources.findIndex((one) => one.name === name)
      if (first < index) context.addIssue({ code: 'custom', path: [index, 'name'], message: `is taken by sources[${first}]` })
    })
  }),
})

/**
 * The systems that may report to `/webhooks/inbound/…`, with their keys from the environment and their mappings.
 * @throws ConfigInvalid naming each file and place; never a secret
 */
export function loadInbound(path: string, env: Env): readonly InboundSource[] {
  const problems: string[] = []
  const read = (name: string) => readJson(name)
  const name = fileName(path)
  const { sources } = checked(name, file, read(path))
  const opened = sources.map((one, index): InboundSource | null => {
    const place = `${name} sources[${index}]`
    const keys = one.secrets.flatMap((secret, at) => keyOf(env, secret, `${place}.secrets[${at}]`, one.enabled, problems))
    const mapping = collecting(problems, () => mappingOf(one.mapping, path, place))
    return mapping && { name: one.name, enabled: one.enabled, keys, mapping: { ...mapping, samples: [...mapping.samples, ...one.samples] } }
  })
  if (problems.length > 0) throw new ConfigInvalid(problems)
  return opened.filter((one) => one !== null)
}

/** A mapping file on its own. @throws ConfigInvalid */
export function parseMapping(json: unknown, name = 'mapping'): Mapping {
  return checked(name, mappingFile, json)
}

function mappingOf(written: string | object, path: string, place: string): Mapping {
  if (typeof written !== 'string') return checked(`${place}.mapping`, mappingFile, written)
  return checked(fileName(written), mappingFile, readJson(resolve(dirname(path), written)))
}

/** A source that is switched off may still lack its secrets. */
function keyOf(env: Env, name: string, place: string, needed: boolean, problems: string[]): Uint8Array[] {
  return needed || env[name]?.trim() ? secretOf(env, name, place, problems) : []
}

function collecting<T>(problems: string[], read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error
    problems.push(...error.problems)
    return null
  }
}

function checked<T>(name: string, shape: z.ZodType<T>, json: unknown): T {
  const result = shape.safeParse(json)
  if (result.success) return result.data
  throw new ConfigInvalid(result.error.issues.map((issue) => `${name} ${placeOf(issue.path)} ${wordsOf(issue)}`))
}

/** Of a union the alternative that came furthest says more than "invalid input". */
function wordsOf(issue: z.core.$ZodIssue): string {
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1)
}

function readJson(path: string): unknown {
  const name = fileName(path)
  if (!existsSync(path)) throw new ConfigInvalid([`${name} is not there`])
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    throw new ConfigInvalid([`${name} cannot be read as JSON`])
  }
}

function fileName(path: string): string {
  return path.split('/').slice(-2).join('/')
}

function placeOf(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  return text.replace(/^\./, '') || 'as a whole'
}
