/** What a message says, whatever its format: text, several of the same name, or named parts. Numbers stay text. */
export type Content = string | readonly Content[] | Fields

/** Named parts. A Map, so that no name of the sender's can reach what objects inherit. */
export type Fields = ReadonlyMap<string, Content>

/** The text under that name, trimmed; null when it is absent, empty or not text. */
export function textOf(fields: Fields, name: string): string | null {
  const content = fields.get(name)
  return typeof content === 'string' ? content.trim() || null : null
}

/** The parts under that name; null when there are none. */
export function partsOf(fields: Fields, name: string): Fields | null {
  const content = fields.get(name)
  return isFields(content) ? content : null
}

/** All that stands under that name: a single one parses as itself, several as an array (wecom-callback.md 6.6). */
export function listOf(fields: Fields, name: string): readonly Content[] {
  const content = fields.get(name)
  if (content === undefined || content === '') return []
  return isList(content) ? content : [content]
}

export function isFields(content: Content | undefined): content is Fields {
  return content instanceof Map
}

function isList(content: Content): content is readonly Content[] {
  return Array.isArray(content)
}

/** A parser's plain objects, arrays and scalars as `Content`; own keys only. */
export function toContent(value: unknown): Content {
  if (Array.isArray(value)) return value.map(toContent)
  if (typeof value === 'object' && value !== null) {
    return new Map(Object.entries(value).map(([name, part]) => [name, toContent(part)]))
  }
  return value === null || value === undefined ? '' : String(value)
}
