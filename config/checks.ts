import { existsSync } from 'node:fs'
import { ConfigInvalid } from '../server/domain/errors.ts'
import type { OpeningHours } from '../server/domain/opening-hours.ts'

type Env = Readonly<Record<string, string | undefined>>

const safeSecretLength = 16

/** Readers of single variables that collect what is wrong instead of throwing. */
export type Problems = ReturnType<typeof problemsOf>

/** Makes the readers; `problems` fills as they are called. No value ever enters a problem's text. */
export function problemsOf(env: Env) {
  const problems: string[] = []
  const get = (name: string) => env[name]?.trim() || null
  const warnings: string[] = []
  const fault = (name: string, rule: string) => void problems.push(`${name} ${rule}`)
  return {
    problems,
    /** What is accepted but should not stay so. */
    warnings,
    /** Notes that the variable breaks this rule. */
    fault,

    text: (name: string, fallback: string) => get(name) ?? fallback,

    list: (name: string) =>
      (get(name) ?? '')
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),

    /** Comma-separated; each part of one shape. */
    listOf(name: string, shape: RegExp, wanted: string): readonly string[] {
      const parts = (get(name) ?? '').split(',').map((part) => part.trim()).filter(Boolean)
      if (parts.some((part) => !shape.test(part))) fault(name, `must be ${wanted}`)
      return parts
    },

    required(name: string, shape: RegExp, wanted: string): string {
      const value = get(name)
      if (value === null) fault(name, `is missing: it must be ${wanted}`)
      else if (!shape.test(value)) fault(name, `must be ${wanted}`)
      return value ?? ''
    },

    requiredInteger(name: string): number {
      const value = get(name)
      if (value === null) fault(name, 'is missing: it must be a whole number')
      else if (!/^\d{1,10}$/.test(value)) fault(name, 'must be a whole number')
      return Number(value ?? 0)
    },

    integer(name: string, fallback: number, least: number, most: number): number {
      const value = get(name)
      if (value === null) return fallback
      const number = Number(value)
      if (Number.isInteger(number) && number >= least && number <= most) return number
      fault(name, `must be a whole number from ${least} to ${most}`)
      return fallback
    },

    oneOf<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
      const value = get(name)
      if (value === null) return fallback
      const found = choices.find((choice) => choice === value)
      if (!found) fault(name, `must be one of ${choices.join(', ')}`)
      return found ?? fallback
    },

    secret(name: string, least: number): string {
      const value = get(name)
      if (value === null) fault(name, 'is missing: it has no default')
      else if (value.length < least) fault(name, `must be at least ${least} characters`)
      return value ?? ''
    },

    optionalSecret(name: string, least: number): string | null {
      const value = get(name)
      if (value !== null && value.length < least) fault(name, `must be at least ${least} characters`)
      return value
    },

    /** Any text will do; a short one is easily guessed. */
    guessable(name: string): void {
      const value = get(name)
      if (value !== null && value.length < safeSecretLength) {
        warnings.push(`${name} is short: use at least ${safeSecretLength} random characters`)
      }
    },

    origin(name: string): string {
      const value = get(name)?.replace(/\/+$/, '') ?? null
      if (value === null) fault(name, 'is missing: it must be an http or https address')
      else if (!isOrigin(value)) fault(name, 'must be an address without a path, such as https://crm.example.com')
      return value ?? ''
    },

    url(name: string, fallback?: string): string | null {
      const value = get(name) ?? fallback ?? null
      if (value === null) return fault(name, 'is missing: it must be an http or https URL'), null
      if (isHttpUrl(value)) return value.replace(/\/+$/, '')
      return fault(name, 'must be an http or https URL without query or fragment'), null
    },

    /** An address to pass callbacks on to, with its own query; never ourselves, or they would go round in circles. */
    forwardUrl(name: string, publicUrl: string): string | null {
      const value = get(name)
      if (value === null) return null
      const url = URL.canParse(value) ? new URL(value) : null
      if (!url || !/^https?:$/.test(url.protocol) || url.hash !== '' || url.username !== '') fault(name, 'must be an http or https URL without user name and fragment')
      else if (url.origin === publicUrl) fault(name, 'must be the address of the other system, not PUBLIC_URL')
      return value
    },

    origins(name: string): string[] {
      const parts = this.list(name)
      const bad = parts.filter((part) => !isOrigin(part))
      if (bad.length > 0) fault(name, `must be origins such as https://mall.example.com, comma-separated (${bad.length} are not)`)
      return parts.filter(isOrigin)
    },

    mongoUri(name: string): string | null {
      const value = get(name)
      if (value !== null && !/^mongodb(\+srv)?:\/\/\S+$/.test(value)) fault(name, 'must start with mongodb:// or mongodb+srv://')
      return value
    },

    timeZone(name: string, fallback: string): string {
      const value = get(name) ?? fallback
      if (isTimeZone(value)) return value
      fault(name, 'must be a time zone such as Asia/Shanghai')
      return fallback
    },

    /** What a file says, from the working directory; null: `none`, or not named and none at `fallback`. Its problems join ours. */
    file<T>(name: string, fallback: string, read: (path: string) => T): T | null {
      const path = get(name) ?? (existsSync(fallback) ? fallback : null)
      if (path === null || path === 'none') return null
      if (!existsSync(path)) return fault(name, 'must be a file'), null
      try {
        return read(path)
      } catch (error) {
        if (!(error instanceof ConfigInvalid)) throw error
        problems.push(...error.problems)
        return null
      }
    },

    openingHours(name: string, fallback: string, timeZone: string): OpeningHours {
      const value = get(name) ?? fallback
      const minutes = parseHours(value)
      if (!minutes) fault(name, 'must look like 09:00-21:00 (00:00-24:00 is always)')
      const [fromMinute, toMinute] = minutes ?? [0, 1440]
      return { fromMinute, toMinute, timeZone }
    },

    /** True: wanted and to be read; false: left out as a whole. A part of a group makes the missing rest a problem. */
    group(names: readonly string[], others: readonly string[] = []): boolean {
      return [...names, ...others].some((name) => get(name) !== null)
    },
  }
}

function parseHours(text: string): [number, number] | null {
  const match = /^(\d{2}):(\d{2})-(\d{2}):(\d{2})$/.exec(text)
  if (!match) return null
  const [fromHour, fromMinute, toHour, toMinute] = match.slice(1).map(Number) as [number, number, number, number]
  if (fromHour > 23 || fromMinute > 59 || toMinute > 59 || toHour > 24) return null
  const from = fromHour * 60 + fromMinute
  const to = toHour * 60 + toMinute
  return to > 1440 || from === to ? null : [from, to]
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' && url.username === ''
}

function isOrigin(text: string): boolean {
  return isHttpUrl(text) && new URL(text).origin === text
}

function isTimeZone(text: string): boolean {
  return text === 'UTC' || Intl.supportedValuesOf('timeZone').includes(text)
}
