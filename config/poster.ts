import { existsSync } from 'node:fs'
import type { Problems } from './checks.ts'

/** POSTER_FONT: path of a TTF, OTF, TTC or WOFF2 file that posters use before Noto Sans SC; null: none. */
export function posterFont(check: Problems): string | null {
  const path = check.text('POSTER_FONT', '')
  if (path === '') return null
  if (!/\.(ttf|otf|ttc|woff2)$/i.test(path)) check.fault('POSTER_FONT', 'must be a .ttf, .otf, .ttc or .woff2 file')
  else if (!existsSync(path)) check.fault('POSTER_FONT', 'names a file that is not there')
  return path
}
