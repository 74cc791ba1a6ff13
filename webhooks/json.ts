import { parse } from 'lossless-json'
import { toContent, type Content } from './fields.ts'
import { Unreadable } from './unreadable.ts'

const maxDepth = 16

/**
 * The content of a JSON message; numbers come out as the text they were written in, so that a 19-digit id survives
 * whether quoted or not (wechat-shop.md section 2).
 * @throws Unreadable
 */
export function readJson(json: string): Content {
  refuseDepth(json)
  try {
    return toContent(parse(json, undefined, { parseNumber: (digits) => digits }))
  } catch (cause) {
    throw new Unreadable('not JSON', { cause })
  }
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
