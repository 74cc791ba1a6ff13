import type { Mapping } from '../../config/inbound-mapping.ts'
import { isFields, type Content, type Fields } from '../fields.ts'
import { readJson } from '../json.ts'
import { Unreadable } from '../unreadable.ts'

type Packed = Mapping['unpack'][number]

/** The body with JSON that travelled as text in its place. Again on its own result: the same. */
export function unpack(content: Content, packed: readonly Packed[]): Content {
  return packed.reduce((whole, one) => replaceAt(whole, one.path.parts, one), content)
}

function replaceAt(content: Content, parts: readonly string[], packed: Packed): Content {
  const [part, ...rest] = parts
  if (part === undefined) return typeof content === 'string' && content !== '' ? opened(content, packed) : content
  if (!isFields(content)) return content
  const inner = content.get(part)
  return inner === undefined ? content : withField(content, part, replaceAt(inner, rest, packed))
}

function opened(text: string, { path, as }: Packed): Content {
  try {
    return readJson(as === 'json' ? text : decodeURIComponent(text.replaceAll('+', ' ')))
  } catch (cause) {
    throw new Unreadable(`${path.text} must hold JSON${as === 'json' ? '' : ', URL-encoded'}`, { cause })
  }
}

function withField(fields: Fields, name: string, content: Content): Fields {
  return new Map([...fields, [name, content]])
}
