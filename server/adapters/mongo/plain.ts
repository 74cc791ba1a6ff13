/**
 * A free-form value as BSON can keep it anywhere: field names come from outside (an item's id may hold a dot, begin
 * with `$` or be empty), which MongoDB-compatible servers treat differently, so they are escaped; undefined is dropped.
 * Dates, null, numbers, booleans and strings stay as they are.
 */
export function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => (each === undefined ? null : toPlain(each)))
  if (!isRecord(value)) return value
  return mapRecord(value, escapeName, toPlain)
}

/** The value that `toPlain` was given. */
export function fromPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromPlain)
  if (!isRecord(value)) return value
  return mapRecord(value, unescapeName, fromPlain)
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

function mapRecord(record: Readonly<Record<string, unknown>>, rename: (name: string) => string, map: (value: unknown) => unknown) {
  const mapped: Record<string, unknown> = {}
  for (const name of Object.keys(record)) {
    const each = record[name]
    if (each === undefined) continue
    const renamed = rename(name)
    // Assigned, it would be the prototype.
    if (renamed === '__proto__') Object.defineProperty(mapped, renamed, { value: map(each), enumerable: true, configurable: true, writable: true })
    else mapped[renamed] = map(each)
  }
  return mapped
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const escaped: Readonly<Record<string, string>> = { '%': '%25', '.': '%2E', '\0': '%00' }

const isOdd = /^\$|[%.\0]/

function escapeName(name: string): string {
  if (name === '') return '%'
  if (!isOdd.test(name)) return name
  return name.replace(/[%.\0]/g, (sign) => escaped[sign] ?? sign).replace(/^\$/, '%24')
}

function unescapeName(name: string): string {
  if (!name.includes('%')) return name
  if (name === '%') return ''
  return name.replace(/%([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
