import type { Mapping, Template } from '../../config/inbound-mapping.ts'
import type { Path } from '../../config/inbound-path.ts'
import { withoutPhones } from '../../server/domain/phone.ts'
import type { IdentityHasher } from '../../server/edge/identity-hash.ts'
import { isFields, type Content, type Fields } from '../fields.ts'
import { hashedText, kindOf, pathOf, type HashedKind } from './who.ts'

/** What to do at a place of a body, whatever the index in its lists; a till may write phone or member number there. */
type Treatment = readonly HashedKind[] | 'omit' | 'keep'

/**
 * Makes what takes out of a body what must not rest in the store: phone and member numbers become keyed hashes where
 * the mapping looks for them, other mobile numbers become `[phone]`, and what the mapping omits is dropped. Fields that
 * the mapping reads for something else stay as they are, so that an eleven-digit item id survives.
 */
export function redactor(mapping: Mapping, hasher: IdentityHasher): (content: Content) => Content {
  const treatments = treatmentsOf(mapping)

  function redact(content: Content, place: readonly string[]): Content | null {
    const treatment = treatments.get(placeKey(place))
    if (treatment === 'omit') return null
    if (isFields(content)) return redactFields(content, place)
    if (typeof content !== 'string') return content.map((one) => redact(one, place) ?? '')
    if (treatment === 'keep' || content === '') return content
    if (treatment) return hashedText(treatment, content, hasher)
    return withoutPhones(content)
  }

  function redactFields(fields: Fields, place: readonly string[]): Fields {
    const kept = [...fields].map(([name, part]) => [name, redact(part, [...place, name])] as const)
    return new Map(kept.flatMap(([name, part]) => (part === null ? [] : [[name, part] as const])))
  }

  return (content) => redact(content, []) ?? new Map()
}

/** The content as JSON; all scalars as text, which is how they are read anyway. */
export function contentJson(content: Content): string {
  if (typeof content === 'string') return JSON.stringify(content)
  if (!isFields(content)) return `[${content.map(contentJson).join(',')}]`
  return `{${[...content].map(([name, part]) => `${JSON.stringify(name)}:${contentJson(part)}`).join(',')}}`
}

/** Whether nothing had to be taken out. */
export function sameContent(a: Content, b: Content): boolean {
  return contentJson(a) === contentJson(b)
}

function treatmentsOf(mapping: Mapping): ReadonlyMap<string, Treatment> {
  const all = new Map<string, Treatment>()
  const put = (place: readonly string[], treatment: Treatment) => void all.set(placeKey(place), treatment)
  const hash = (place: readonly string[], kind: HashedKind) => {
    const known = all.get(placeKey(place)) ?? []
    put(place, [...new Set([...(typeof known === 'string' ? [] : known), kind])])
  }
  for (const template of mapping.events) for (const path of readPaths(template)) put(path, 'keep')
  for (const template of mapping.events) {
    for (const way of template.who) {
      const kind = kindOf(way)
      if (kind === 'phone' || kind === 'member') hash(from(baseOf(template), pathOf(way)), kind)
    }
  }
  for (const path of mapping.omit) put(from([], path), 'omit')
  return all
}

function baseOf(template: Template): readonly string[] {
  return template.each ? template.each.parts : []
}

/** Every place that a template reads, those of its customer included. */
function readPaths(template: Template): (readonly string[])[] {
  const base = baseOf(template)
  const { kind, id = [], at, who, orderNo = [], amount, items, item, text, when } = template
  const own = [
    ...when.map(({ path }) => path),
    ...(typeof kind === 'string' ? [] : [kind.path]),
    ...id,
    ...at.path,
    ...who.map(pathOf),
    ...orderNo,
    ...(amount?.path ?? []),
    ...(text && 'paths' in text ? text.paths : []),
    ...itemPaths(item),
  ]
  const inItems = items ? itemPaths(items).map((path) => from(from(base, items.each), path)) : []
  return [...own.map((path) => from(base, path)), ...inItems]
}

function itemPaths(item: Template['item']): Path[] {
  if (!item) return []
  const { id, aliases, title = [], category = [], price, count = [] } = item
  return [...id, ...aliases, ...title, ...category, ...(price?.path ?? []), ...count]
}

function from(base: readonly string[], path: Path): readonly string[] {
  return [...(path.fromRoot ? [] : base), ...path.parts]
}

/** Places in lists do not count: a list of one may come as a single object. */
function placeKey(place: readonly string[]): string {
  return place.filter((part) => !/^(?:\d+|\*)$/.test(part)).join('\u0000')
}
