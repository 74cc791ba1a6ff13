/** A message as Tencent writes it, before it becomes XML or JSON. A bigint is printed as a bare number. */
export interface Fields {
  [name: string]: Field
}
export type Field = string | number | bigint | Fields | readonly Field[]

/** `<xml>…</xml>`: texts in CDATA, numbers bare, lists as repeated elements. */
export function toXml(fields: Fields): string {
  return element('xml', fields)
}

function element(name: string, value: Field): string {
  if (Array.isArray(value)) return value.map((one: Field) => element(name, one)).join('')
  return `<${name}>${inner(value as Exclude<Field, readonly Field[]>)}</${name}>`
}

function inner(value: string | number | bigint | Fields): string {
  if (typeof value === 'string') return `<![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
  if (typeof value !== 'object') return String(value)
  return Object.entries(value)
    .map(([name, field]) => element(name, field))
    .join('')
}

/** JSON whose 64-bit ids stay whole: bigints are printed as bare digits, as the shop sends them. */
export function toJson(value: Field): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((one: Field) => toJson(one)).join(',')}]`
  const entries = Object.entries(value as Fields)
  return `{${entries.map(([name, field]) => `${JSON.stringify(name)}:${toJson(field)}`).join(',')}}`
}
