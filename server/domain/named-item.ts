import type { CustomerEvent } from './event.ts'
import { itemsOf } from './subject.ts'

/** So many characters a shared word has at least: 大衣 and 驼色 say nothing, 羊绒大衣 does. */
const leastHan = 3
const leastOther = 4

/**
 * The item that a customer's own message names, in the words of both: a title they are known to have come across, or a
 * word's end in it (羊绒大衣 of 「双面羊绒大衣 驼色」). The longest one; null: none, or too short to mean one thing.
 */
export function namedItem(message: string, events: readonly CustomerEvent[]): string | null {
  const said = squeezed(message)
  const titles = new Set(events.flatMap(itemsOf).flatMap(({ title }) => (title ? [title] : [])))
  const names = [...titles].flatMap((title) => nameIn(said, title) ?? [])
  return names.toSorted((a, b) => b.length - a.length)[0] ?? null
}

function nameIn(said: string, title: string): string | null {
  if ([...squeezed(title)].length >= leastOf(title) && said.includes(squeezed(title))) return title
  const ends = title.split(/[\s\p{P}\p{S}]+/u).flatMap(endsOf)
  return ends.filter((end) => said.includes(squeezed(end))).toSorted((a, b) => b.length - a.length)[0] ?? null
}

/** A Chinese name carries what the thing is at its end; other words only mean something whole. */
function endsOf(word: string): string[] {
  const letters = [...word]
  if (!hasHan(word)) return letters.length >= leastOther ? [word] : []
  return letters.slice(0, Math.max(0, letters.length - leastHan + 1)).map((_, index) => letters.slice(index).join(''))
}

function leastOf(text: string): number {
  return hasHan(text) ? leastHan : leastOther
}

function hasHan(text: string): boolean {
  return /\p{Script=Han}/u.test(text)
}

/** Widths, case and spaces do not tell names apart. */
function squeezed(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, '')
}
