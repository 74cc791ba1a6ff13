import { BSONRegExp } from 'bson'
import { MongoRefusal } from './errors.ts'

/**
 * The JavaScript pattern that means what MongoDB's PCRE pattern means: options i, m, s, x, u, leading `(?i)`, `\A`,
 * `\z`, `\Z`, `$` before a final newline, and a dot that stops only at `\n`.
 * @throws MongoRefusal 51091 for an invalid pattern, 51108 for an unknown option.
 */
export function toRegExp(source: BSONRegExp): RegExp {
  let { pattern, options } = source
  if (/[^imsxu]/.test(options)) throw new MongoRefusal(51108, `invalid flag in regex options: ${options}`)
  for (let inline = /^\(\?([imsx]+)\)/.exec(pattern); inline !== null; inline = /^\(\?([imsx]+)\)/.exec(pattern)) {
    options += inline[1]
    pattern = pattern.slice(inline[0].length)
  }
  const flags = `${options.includes('i') ? 'i' : ''}${options.includes('m') ? 'm' : ''}`
  const translated = translate(pattern, options)
  try {
    return compiled(translated, flags)
  } catch (error) {
    throw new MongoRefusal(51091, `Regular expression is invalid: ${error instanceof Error ? error.message : pattern}`)
  }
}

function compiled(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, `${flags}u`)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return new RegExp(pattern, flags)
  }
}

const ESCAPES: Record<string, string> = {
  A: '(?<![\\s\\S])', z: '(?![\\s\\S])', Z: '(?=\\n?(?![\\s\\S]))', h: '[ \\t]', a: '\\x07', e: '\\x1b',
}

function translate(pattern: string, options: string): string {
  const [multiline, dotAll, extended] = [options.includes('m'), options.includes('s'), options.includes('x')]
  let out = ''
  let inClass = false
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? ''
    if (char === '\\') {
      const next = pattern[++at] ?? ''
      out += inClass ? escapeInClass(next) : escape(next)
    } else if (inClass) {
      inClass = char !== ']'
      out += char === '[' ? '\\[' : char
    } else if (char === '[') {
      inClass = true
      out += char
      if (pattern[at + 1] === '^') out += pattern[++at]
      if (pattern[at + 1] === ']') out += `\\${pattern[++at]}`
    } else if (extended && /\s/.test(char)) continue
    else if (extended && char === '#') while (at + 1 < pattern.length && pattern[at + 1] !== '\n') at++
    else if (char === '.') out += dotAll ? '[\\s\\S]' : '[^\\n]'
    else if (char === '$' && !multiline) out += ESCAPES['Z']
    else out += char
  }
  return out
}

function escape(next: string): string {
  if (ESCAPES[next] !== undefined) return ESCAPES[next]
  return /[\w^$\\.*+?()[\]{}|/]/.test(next) && next !== '_' ? `\\${next}` : next
}

function escapeInClass(next: string): string {
  return /[\w^$\\.*+?()[\]{}|/-]/.test(next) && next !== '_' ? `\\${next}` : next
}

/** The literal text every match begins with, if the pattern is `^literal…` and minds case: a range for an index. */
export function literalPrefix(source: BSONRegExp): string {
  if (source.options.replace(/[su]/g, '') !== '' || !source.pattern.startsWith('^') || source.pattern.includes('|')) return ''
  const match = /^\^((?:[^\\.*+?()[\]{}|^$]|\\[.*+?()[\]{}|^$/\\-])*)/.exec(source.pattern)
  const literal = match?.[1] ?? ''
  const next = source.pattern[literal.length + 1] ?? ''
  const text = /[*?{]/.test(next) ? literal.replace(/\\?[\s\S]$/u, '') : literal
  return text.replace(/\\([\s\S])/g, '$1')
}
