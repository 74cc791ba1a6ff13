import type { CustomerEvent } from './event.ts'
import { itemsOf } from './subject.ts'

/** So many characters a shared word has at least: 大衣 and 驼色 say nothing, 羊绒大衣 does. */
const leastHan = 3
const leastOther = 4

/** What runs on within one word of a language that sets borders between words: letters but Chinese ones, and digits. */
const inWord = '(?!\\p{Script=Han})[\\p{L}\\p{M}\\p{N}]'
const beginnings = new RegExp(`\\p{Script=Han}|(?<!${inWord})${inWord}`, 'gu')

/**
 * The item that a customer's own message names, in the words of both: a title they are known to have come across, or a
 * word's end in it (羊绒大衣 of 「双面羊绒大衣 驼色」). The longest one; null: none, or too short to mean one thing.
 */
export function namedItem(message: string, events: readonly CustomerEvent[]): string | null {
  const said = alike(message)
  const titles = new Set(events.flatMap(itemsOf).flatMap(({ title }) => (title ? [title] : [])))
  const names = [...titles].flatMap((title) => nameIn(said, title) ?? [])
  return names.toSorted((a, b) => b.length - a.length)[0] ?? null
}

function nameIn(said: string, title: string): string | null {
  if (isName(title) && isSaid(said, title)) return title
  const ends = title.split(/[\s\p{P}\p{S}]+/u).flatMap(endsOf)
  return ends.filter((end) => isName(end) && isSaid(said, end)).toSorted((a, b) => b.length - a.length)[0] ?? null
}

/** A Chinese name carries what the thing is at its end; what is not Chinese only means something whole. */
function endsOf(word: string): string[] {
  if (!hasHan(word)) return [word]
  return [...word.matchAll(beginnings)].map(({ index }) => word.slice(index))
}

/** Figures are a year or a size: 2024 and 2024新款 name nothing, though a model of letters and figures does. */
function isName(text: string): boolean {
  const letters = text.replace(/[\s\p{N}]+/gu, '')
  if (hasHan(text)) return [...letters].length >= leastHan
  return /\p{L}/u.test(letters) && [...text.replace(/\s+/gu, '')].length >= leastOther
}

function hasHan(text: string): boolean {
  return /\p{Script=Han}/u.test(text)
}

/** Spaces do not tell names apart, and none begins or ends within a word: no case is named by a showcase. */
function isSaid(said: string, name: string): boolean {
  const letters = [...alike(name).replace(/\s+/gu, '')].map((letter) => letter.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&'))
  const [first, last] = [new RegExp(`^${inWord}`, 'u'), new RegExp(`${inWord}$`, 'u')]
  const before = first.test(letters[0] ?? '') ? `(?<!${inWord})` : ''
  const after = last.test(letters.at(-1) ?? '') ? `(?!${inWord})` : ''
  return new RegExp(before + letters.join('\\s*') + after, 'u').test(said)
}

/** Widths and case do not tell names apart. */
function alike(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
