import { parse } from 'lossless-json'
import { isFields, toContent, type Content } from './fields.ts'
import { Unreadable } from './unreadable.ts'

const maxDepth = 16

/**
 * The content of a JSON message; numbers come out as the text they were written in, so that a 19-digit id survives
 * whether quoted or not (wechat-shop.md section 2). Half of a surrogate pair, which JSON can escape but UTF-8 and the store
 * cannot hold, becomes U+FFFD here and not somewhere later: two readings of it are one.
 * @throws Unreadable
 */
export function readJson(json: string): Content {
  refuseDepth(json)
  try {
    const content = toContent(parse(json, undefined, { parseNumber: (digits) => digits }))
    return /\\u[dD][89a-fA-F]/.test(json) ? wellFormed(content) : content
  } catch (cause) {
    throw new Unreadable('not JSON', { cause })
  }
}

/** Text without half surrogate pairs: what UTF-8 makes of it. */
export function wellFormedText(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, '\uFFFD')
}

function wellFormed(content: Content): Content {
  if (typeof content === 'string') return wellFormedText(content)
  if (isFields(content)) return new Map([...content].map(([name, part]) => [wellFormedText(name), wellFormed(part)]))
  return content.map(wellFormed)
}

/** The parser calls itself for each level; a body of brackets would exhaust the stack. */
function refuseDepth(json: string): void {
  let depth = 0
  let quoted = false
  for (let at = 0; at < json.length; at += 1) {
    const char = json[at]
    if (quoted) {
      if (char === '\\') at += 1
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '{' || char === '[') depth += 1
    else if (char === '}' || char === ']') depth -= 1
    if (depth > maxDepth) throw new Unreadable('JSON too deep')
  }
}
