import { Unreadable } from './unreadable.ts'

const maxDepth = 16
const maxElements = 10_000
const declaration = /^\uFEFF?\s*(?:<\?xml\s[^<>?]*\?>)?\s*/
const name = '[A-Za-z][A-Za-z0-9_.-]{0,63}'
const openTag = new RegExp(`<(${name})(?:\\s+${name}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*\\s*(/?)>`, 'y')
const closeTag = new RegExp(`</(${name})\\s*>`, 'y')
const cdataStart = '<![CDATA['
const reference = /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));/g
const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** One element that holds text only, directly below the root. */
export interface TopField {
  name: string
  text: string
}

/**
 * Walks the XML once and refuses all that a callback never has and an attack needs: a DOCTYPE or any other declaration,
 * comments, processing instructions, references to entities other than XML's five and numeric ones, names that an
 * object inherits, great depth. Inside CDATA anything is text.
 *
 * @returns the text elements directly below the root, in order: enough for an envelope, which never sees a full parser
 * @throws Unreadable
 */
export function scanXml(xml: string): readonly TopField[] {
  const fields: TopField[] = []
  const open: string[] = []
  let at = declaration.exec(xml)?.[0].length ?? 0
  let text: string | null = null
  let elements = 0

  while (at < xml.length) {
    const step = nextStep(xml, at)
    at = step.end
    if (step.kind === 'text') {
      if (open.length === 0 && step.text.trim() !== '') throw new Unreadable('text outside the root element')
      if (text !== null) text += step.text
    } else if (step.kind === 'open') {
      elements += 1
      if (open.length === 0 && elements > 1) throw new Unreadable('more than one root element')
      if (open.length >= maxDepth || elements > maxElements) throw new Unreadable('too deep or too many elements')
      if (step.empty && open.length === 1) fields.push({ name: step.name, text: '' })
      if (!step.empty) open.push(step.name)
      text = !step.empty && open.length === 2 ? '' : null
    } else {
      if (open.pop() !== step.name) throw new Unreadable('elements are not nested')
      if (open.length === 1 && text !== null) fields.push({ name: step.name, text })
      text = null
    }
  }
  if (elements === 0 || open.length > 0) throw new Unreadable('XML breaks off')
  return fields
}

type Step =
  | { kind: 'text'; text: string; end: number }
  | { kind: 'open'; name: string; empty: boolean; end: number }
  | { kind: 'close'; name: string; end: number }

function nextStep(xml: string, at: number): Step {
  if (xml[at] !== '<') {
    const next = xml.indexOf('<', at)
    const end = next === -1 ? xml.length : next
    return { kind: 'text', text: resolveReferences(xml.slice(at, end)), end }
  }
  if (xml.startsWith(cdataStart, at)) {
    const end = xml.indexOf(']]>', at)
    if (end === -1) throw new Unreadable('CDATA breaks off')
    return { kind: 'text', text: xml.slice(at + cdataStart.length, end), end: end + 3 }
  }
  return tagAt(xml, at)
}

function tagAt(xml: string, at: number): Step {
  if (xml[at + 1] === '!') throw new Unreadable('a declaration or comment')
  if (xml[at + 1] === '?') throw new Unreadable('a processing instruction')
  openTag.lastIndex = closeTag.lastIndex = at
  const closing = closeTag.exec(xml)
  if (closing?.[1]) return { kind: 'close', name: closing[1], end: at + closing[0].length }
  const opening = openTag.exec(xml)
  if (!opening?.[1]) throw new Unreadable('not a tag')
  if (opening[1] in Object.prototype) throw new Unreadable('an element name that every object has')
  resolveReferences(opening[0])
  return { kind: 'open', name: opening[1], empty: opening[2] === '/', end: at + opening[0].length }
}

function resolveReferences(text: string): string {
  if (!text.includes('&')) return text
  const foreign = text.replaceAll(reference, '').includes('&')
  if (foreign) throw new Unreadable('a reference to an entity that XML does not have')
  return text.replaceAll(reference, (_, word?: string, decimal?: string, hex?: string) =>
    word ? (named[word] ?? '') : characterOf(decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16)),
  )
}

/** Only what XML 1.0 calls a character (production 2). */
function characterOf(code: number): string {
  const allowed =
    code === 0x9 || code === 0xa || code === 0xd || (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)
  if (!allowed) throw new Unreadable('a reference to a character that XML does not have')
  return String.fromCodePoint(code)
}
