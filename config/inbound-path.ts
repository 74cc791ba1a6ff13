import { z } from 'zod'

/** Where a value stands in a JSON body. */
export interface Path {
  /** As the file spells it. */
  text: string
  /** True: from the whole body, even inside `each`. */
  fromRoot: boolean
  /** Names and places; `*` is every element (only where a path names what to leave out). */
  parts: readonly string[]
}

const name = '[^.\\[\\]/$*\\s]+'
const dotted = new RegExp(`^${name}(?:\\.${name}|\\[(?:\\d{1,4}|\\*)\\])*$`)

/**
 * `buyer.phone`, `lines[0].sku`, or a JSON pointer `/buyer/phone` (RFC 6901); with `$.` or `$/` in front it counts from
 * the whole body instead of the element at hand; `.` is the element itself. null: none of these.
 */
export function parsePath(text: string): Path | null {
  const fromRoot = text.startsWith('$')
  const rest = fromRoot ? text.slice(1).replace(/^\./, '') : text
  if (rest === '.' || (fromRoot && rest === '')) return { text, fromRoot, parts: [] }
  if (rest.startsWith('/')) return pointer(text, fromRoot, rest)
  if (!dotted.test(rest)) return null
  return { text, fromRoot, parts: rest.replaceAll(/\[(\d+|\*)\]/g, '.$1').split('.') }
}

function pointer(text: string, fromRoot: boolean, rest: string): Path | null {
  if (/~(?![01])/.test(rest)) return null
  const parts = rest.slice(1).split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  return { text, fromRoot, parts }
}

/** A path in a mapping file. `*` has no meaning where one value is wanted. */
export const path = z.string().transform((text, context) => {
  const found = parsePath(text)
  if (found && !found.parts.includes('*')) return found
  context.addIssue({ code: 'custom', message: 'must be a path such as buyer.phone, lines[0].sku, $.order.no or /order/no' })
  return z.NEVER
})

/** A path that may name every element of a list, `lines[*].remark`. */
export const widePath = z.string().transform((text, context) => {
  const found = parsePath(text)
  if (found) return found
  context.addIssue({ code: 'custom', message: 'must be a path such as receiver.name or lines[*].remark' })
  return z.NEVER
})
