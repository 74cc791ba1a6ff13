import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { GlobalFonts } from '@napi-rs/canvas'

type Range = readonly [from: number, to: number]

interface Slice {
  name: string
  file: string
  ranges: readonly Range[]
}

const resolve = createRequire(import.meta.url).resolve
const fontPackage = '@fontsource-variable/noto-sans-sc'
const ownFamily = 'Poster'

/**
 * Families, for a canvas's `font`, that have a glyph for each character: Noto Sans SC (SIL Open Font License 1.1), which
 * comes cut into some hundred slices of which only those needed are read, so that Chinese appears also where no Chinese
 * font is installed. The brand's own font file goes before it.
 */
export function createFonts(ownFont: string | null) {
  const slices = readSlices()
  const registered = new Set<string>()
  if (ownFont !== null) GlobalFonts.registerFromPath(ownFont, ownFamily)

  return function familiesFor(text: string): string {
    const codes = [...new Set(text)].map((character) => character.codePointAt(0) ?? 0)
    const needed = slices.filter(({ ranges }) => codes.some((code) => ranges.some(([from, to]) => code >= from && code <= to)))
    for (const { name, file } of needed) {
      if (!registered.has(name)) GlobalFonts.registerFromPath(file, name)
      registered.add(name)
    }
    return [...(ownFont === null ? [] : [ownFamily]), ...needed.map(({ name }) => name)].join(', ') || 'sans-serif'
  }
}

/** Latin first: its digits and letters are made to stand together. */
function readSlices(): Slice[] {
  const folder = dirname(resolve(`${fontPackage}/package.json`))
  const table = JSON.parse(readFileSync(join(folder, 'unicode.json'), 'utf8')) as Record<string, string>
  const slices = Object.entries(table).map(([key, ranges]) => {
    const part = key.replace(/[[\]]/g, '')
    return { name: `Noto${part.replace(/\W/g, '')}`, file: join(folder, 'files', `noto-sans-sc-${part}-wght-normal.woff2`), ranges: rangesOf(ranges) }
  })
  return slices.toSorted((a, b) => Number(b.name === 'Notolatin') - Number(a.name === 'Notolatin'))
}

/** `U+4e00,U+4e8c-4e8f`. */
function rangesOf(text: string): Range[] {
  return text.split(',').map((part): Range => {
    const [from = '', to = from] = part.trim().replace(/^U\+/i, '').split('-')
    return [Number.parseInt(from, 16), Number.parseInt(to, 16)]
  })
}
