import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { ConfigInvalid } from '../server/domain/errors.ts'
import { leastOpeners, placeholders, placeholdersIn, type Sentences } from '../server/domain/sentences.ts'

/** Words that would tell the customer that we were watching; the evidence is for the salesperson's eyes only. */
const tellTales = ['看了', '看过', '浏览', '看到您', '注意到', '发现您', '加购', '购物车', '购物袋', '分享了', '读了', '读过', '打开了', '记录显示', '系统显示', '后台']

const variant = z
  .string()
  .trim()
  .min(4, 'must be a sentence of at least 4 characters')
  .max(200, 'must be at most 200 characters')
  .superRefine((text, context) => {
    for (const problem of problemsOf(text)) context.addIssue({ code: 'custom', message: problem })
  })

const variants = z.array(variant).min(leastOpeners, `needs at least ${leastOpeners} variants`)

const file = z.strictObject({
  rules: z.record(z.string(), variants),
  fallback: variants.refine((list) => list.filter((text) => needsOnlyTheName(text)).length >= leastOpeners, {
    message: `needs at least ${leastOpeners} variants with no placeholder but {customer} and {greeting}`,
  }),
})

/**
 * The brand's sentences file, checked.
 * @throws ConfigInvalid naming each place and rule, `sentences.json rules.comparing[1]: …`
 */
export function parseSentences(content: unknown, name = 'sentences.json'): Sentences {
  const result = file.safeParse(content)
  if (result.success) return result.data
  throw new ConfigInvalid(result.error.issues.map(({ path, message }) => `${name} ${placeOf(path)}: ${message}`))
}

/** Reads config/sentences.json, or the given file, once at start. @throws ConfigInvalid */
export function loadSentences(path: URL | string = shippedFile()): Sentences {
  const name = String(path).split('/').at(-1) ?? 'sentences.json'
  return parseSentences(readJson(path, name), name)
}

/** The file that the brand edits stays in config/; the compiled server in dist/config finds it there too. */
function shippedFile(): URL {
  const beside = new URL('sentences.json', import.meta.url)
  return existsSync(beside) ? beside : new URL('../../config/sentences.json', import.meta.url)
}

function readJson(path: URL | string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new ConfigInvalid([`${name} cannot be read as JSON: ${error instanceof Error ? error.message : 'unknown'}`])
  }
}

function problemsOf(text: string): string[] {
  const unknown = placeholdersIn(text).filter((name) => !placeholders.some((known) => known === name))
  const told = tellTales.filter((words) => text.includes(words))
  const braces = text.replace(/\{[^{}]*\}/g, '')
  return [
    ...unknown.map((name) => `has an unknown placeholder {${name}}; known: ${placeholders.map((known) => `{${known}}`).join(' ')}`),
    ...told.map((words) => `shows that we were watching: 「${words}」`),
    ...(/[{}]/.test(braces) ? ['has a brace without its partner'] : []),
  ]
}

function needsOnlyTheName(text: string): boolean {
  return placeholdersIn(text).every((name) => name === 'customer' || name === 'greeting')
}

function placeOf(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  return text.replace(/^\./, '') || 'file'
}
