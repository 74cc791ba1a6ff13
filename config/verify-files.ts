import type { Problems } from './checks.ts'

const name = /^[A-Za-z0-9_-]{1,100}\.txt$/
const content = /^[\x21-\x7e]{1,200}$/
/** WeCom's and the Official Account's files hold the code that stands in their names. */
const named = /^(?:WW|MP)_verify_([A-Za-z0-9]+)\.txt$/

/**
 * VERIFY_FILES: what the consoles ask to be found under our domain, `WW_verify_….txt` or `MP_verify_….txt` by name, any
 * other (a mini-program's business domain) as `name.txt=content`; comma-separated. Gives name -> content.
 */
export function verifyFiles(check: Problems): ReadonlyMap<string, string> {
  const parts = check.list('VERIFY_FILES').map((part) => {
    const at = part.indexOf('=')
    return at < 0 ? ([part, named.exec(part)?.[1] ?? ''] as const) : ([part.slice(0, at), part.slice(at + 1)] as const)
  })
  const bad = parts.filter(([file, text]) => !name.test(file) || !content.test(text))
  if (bad.length > 0) {
    check.fault('VERIFY_FILES', `must name files such as WW_verify_AbC123.txt or Ab12.txt=content, comma-separated (${bad.length} are not)`)
  }
  return new Map(parts)
}
