/**
 * A free-form value of many small lists and records as one text, which a store reads and writes as a single field.
 *
 * JSON of three lists, `[leaves, shapes, body]`: every text, number and date once (a date as `[ms]`); the field names of
 * every kind of record once; and the value itself, where a number is a leaf's place, a list is `[0, …]`, and a record
 * `[n, …]` of the n-th shape, from 1. Ids stand in it as they are, so that what searches texts for somebody finds them;
 * signs that JSON must escape are all written `\u….`.
 */
export function pack(value: unknown): string {
  const packing: Packing = { places: new Map(), leaves: [], dates: new Map(), shapes: [], body: '' }
  write(packing, value)
  const shapes = packing.shapes.map((names) => `[${names.map(quoted).join(',')}]`)
  return `[[${packing.leaves.join(',')}],[${shapes.join(',')}],${packing.body}]`
}

/** The value that `pack` was given, without what was undefined. */
export function unpack(text: string): unknown {
  const [leaves, shapes, body] = JSON.parse(text) as [(string | number | [number])[], string[][], unknown]
  return read(leaves.map((leaf) => (typeof leaf === 'object' ? new Date(leaf[0]) : leaf)), shapes, body)
}

interface Packing {
  /** Where each text and number stands among the leaves. */
  places: Map<string | number, number>
  dates: Map<number, number>
  leaves: string[]
  shapes: string[][]
  body: string
}

function write(packing: Packing, value: unknown): void {
  if (typeof value === 'string' || typeof value === 'number') packing.body += placeOf(packing, value)
  else if (typeof value === 'boolean') packing.body += value
  else if (typeof value !== 'object' || value === null) packing.body += 'null'
  else if (Array.isArray(value)) writeList(packing, value)
  else if (value instanceof Date) packing.body += placeOfDate(packing, value.getTime())
  else writeRecord(packing, value as Readonly<Record<string, unknown>>)
}

function writeList(packing: Packing, list: readonly unknown[]): void {
  packing.body += '[0'
  for (const each of list) {
    packing.body += ','
    write(packing, each)
  }
  packing.body += ']'
}

function writeRecord(packing: Packing, record: Readonly<Record<string, unknown>>): void {
  const names: string[] = []
  for (const name of Object.keys(record)) if (record[name] !== undefined) names.push(name)
  packing.body += `[${shapeOf(packing.shapes, names)}`
  for (const name of names) {
    packing.body += ','
    write(packing, record[name])
  }
  packing.body += ']'
}

/** There are few: compared one by one. */
function shapeOf(shapes: string[][], names: string[]): number {
  for (const [index, shape] of shapes.entries()) {
    if (shape.length === names.length && shape.every((name, at) => name === names[at])) return index + 1
  }
  return shapes.push(names)
}

function placeOf({ places, leaves }: Packing, leaf: string | number): number {
  const known = places.get(leaf)
  if (known !== undefined) return known
  places.set(leaf, leaves.length)
  return leaves.push(typeof leaf === 'string' ? quoted(leaf) : String(leaf)) - 1
}

function placeOfDate({ dates, leaves }: Packing, ms: number): number {
  const known = dates.get(ms)
  if (known !== undefined) return known
  dates.set(ms, leaves.length)
  return leaves.push(`[${ms}]`) - 1
}

const needsEscape = /["\\\p{Cc}]/gu

function quoted(text: string): string {
  return `"${text.replace(needsEscape, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`
}

function read(leaves: readonly unknown[], shapes: readonly (readonly string[])[], body: unknown): unknown {
  if (typeof body === 'number') return leaves[body]
  if (!Array.isArray(body)) return body
  const list = body as readonly unknown[]
  const shape = list[0] === 0 ? null : shapes[(list[0] as number) - 1]
  if (!shape) return list.slice(1).map((each) => read(leaves, shapes, each))
  const record: Record<string, unknown> = {}
  shape.forEach((name, index) => {
    const value = read(leaves, shapes, list[index + 1])
    if (name === '__proto__') Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true })
    else record[name] = value
  })
  return record
}
