import type { Path } from '../../config/inbound-path.ts'
import { isFields, type Content } from '../fields.ts'

/** A place in a body, as a person would look for it: `lines[0].price`. */
export type Place = readonly (string | number)[]

/** What a template looks at: the whole body, and the element of its list (the body itself where it has none). */
export interface Scope {
  root: Content
  element: Content
  /** Where the element stands. */
  at: Place
}

/** A value that was found, with where. Text is trimmed; numbers are the text they were written in. */
export interface Found {
  content: Content
  place: Place
}

/** What stands at the path; null when nothing does. */
export function lookUp(scope: Scope, path: Path): Found | null {
  let content: Content | undefined = path.fromRoot ? scope.root : scope.element
  const place: (string | number)[] = path.fromRoot ? [] : [...scope.at]
  for (const part of path.parts) {
    if (isFields(content)) place.push(part)
    else place.push(Number(part))
    content = isFields(content) ? content.get(part) : listItem(content, part)
    if (content === undefined) return null
  }
  return { content, place }
}

/** The first of the paths at which a text stands. */
export function firstText(scope: Scope, paths: readonly Path[]): (Found & { text: string }) | null {
  for (const path of paths) {
    const found = lookUp(scope, path)
    const text = typeof found?.content === 'string' ? found.content.trim() : ''
    if (found && text) return { ...found, text }
  }
  return null
}

/** The elements of a list with a scope each; a single object stands for a list of one. */
export function elementsOf(scope: Scope, path: Path): Scope[] {
  const found = lookUp(scope, path)
  if (!found || found.content === '') return []
  const { content, place } = found
  if (!Array.isArray(content)) return [{ root: scope.root, element: content, at: place }]
  return content.map((element: Content, index) => ({ root: scope.root, element, at: [...place, index] }))
}

/** `lines[0].price`. */
export function placeText(place: Place): string {
  const text = place.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('')
  return text.replace(/^\./, '') || 'the body'
}

/** Where a path would have led, for saying that nothing is there. */
export function wantedPlace(scope: Scope, path: Path | undefined): string {
  if (!path) return placeText(scope.at)
  const parts = path.parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part))
  return placeText([...(path.fromRoot ? [] : scope.at), ...parts])
}

function listItem(content: Content | undefined, part: string): Content | undefined {
  return Array.isArray(content) && /^\d{1,4}$/.test(part) ? (content[Number(part)] as Content | undefined) : undefined
}
