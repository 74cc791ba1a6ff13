import { UntrustedCallback } from '../server/domain/errors.ts'

/** A callback's query. Values are decoded once; a name that stands there twice is nobody's honest request. */
export interface CallbackQuery {
  /** @throws UntrustedCallback when absent, empty or repeated */
  one(name: string): string
  /** @throws UntrustedCallback when repeated */
  optional(name: string): string | null
}

/** Reads a raw query string, without its `?`: `%2B` is a plus, so that base64 arrives as it was sent. */
export function callbackQuery(querystring: string): CallbackQuery {
  const params = new URLSearchParams(querystring)
  function optional(name: string): string | null {
    const values = params.getAll(name)
    if (values.length > 1) throw new UntrustedCallback(`${name} is repeated`)
    return values[0] ?? null
  }
  function one(name: string): string {
    const value = optional(name)
    if (!value) throw new UntrustedCallback(`${name} is missing`)
    return value
  }
  return { one, optional }
}
