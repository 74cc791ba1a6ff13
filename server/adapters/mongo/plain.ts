/**
 * A free-form value as BSON can keep it anywhere: field names come from outside (an item's id may hold a dot, begin
 * with `$` or be empty), which MongoDB-compatible servers treat differently, so they are escaped; undefined is dropped.
 * Dates, null, numbers, booleans and strings stay as they are.
 */
export function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => (each === undefined ? null : toPlain(each)))
  if (!isRecord(value)) return value
  const kept = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(kept.map(([name, each]) => [escapeName(name), toPlain(each)]))
}

/** The value that `toPlain` was given. */
export function fromPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromPlain)
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [unescapeName(name), fromPlain(each)]))
}

/** `toPlain` for a record: always gives a record. */
export function toPlainRecord(value: object): Record<string, unknown> {
  const plain = toPlain(value)
  return isRecord(plain) ? plain : {}
}

/** `fromPlain` for a record: always gives a record. */
export function fromPlainRecord(value: unknown): Record<string, unknown> {
  const plain = fromPlain(value)
  return isRecord(plain) ? plain : {}
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const escaped: Readonly<Record<string, string>> = { '%': '%25', '.': '%2E', '\0': '%00' }

function escapeName(name: string): string {
  if (name === '') return '%'
  return name.replace(/[%.\0]/g, (sign) => escaped[sign] ?? sign).replace(/^\$/, '%24')
}

function unescapeName(name: string): string {
  if (name === '%') return ''
  return name.replace(/%([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
