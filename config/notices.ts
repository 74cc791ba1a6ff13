import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { askingSources, noticeSources, type Bilingual, type NoticeBook, type NoticeText } from '../server/domain/notice.ts'
import type { Problems } from './checks.ts'

/** What the texts may name; filled when they are loaded. */
const placeholders = ['brand', 'contact', 'days', 'page'] as const
type Filling = Readonly<Record<(typeof placeholders)[number], string>>

const longestBrand = 40
const text = z
  .string()
  .trim()
  .min(4, 'must be at least 4 characters')
  .max(1_000, 'must be at most 1000 characters')
  .superRefine((value, context) => {
    for (const problem of problemsOf(value)) context.addIssue({ code: 'custom', message: problem })
  })
const words = z.strictObject({ zh: text, en: text })
const version = z.string().regex(/^[\w.-]{1,40}$/, 'must be 1 to 40 letters, digits, dots or dashes, such as a date')
const since = z.iso.datetime({ offset: true }).or(z.iso.date()).nullable().default(null)
const source = z.strictObject({ version, inPlaceSince: since, notice: words, consent: words.nullable() })
const file = z.strictObject({
  brand: z.string().trim().min(1).max(longestBrand),
  contact: z.string().trim().min(1).max(80),
  sources: z.strictObject(Object.fromEntries(noticeSources.map((name) => [name, source])) as Record<(typeof noticeSources)[number], typeof source>),
  guide: z.strictObject({ zh: z.string().min(1), en: z.string().min(1) }),
})

/** What the customers are told, from NOTICES_FILE (config/notices.json), BRAND_NAME and CONSENT_FIRST; every problem is named. */
export function noticeConfig(check: Problems, facts: { page: string; days: number }): NoticeBook {
  const path = check.text('NOTICES_FILE', '') || shippedFile()
  const name = String(path).split('/').at(-1) ?? 'notices.json'
  const consentFirst = askingSources.filter((each) => check.list('CONSENT_FIRST').includes(each))
  if (check.list('CONSENT_FIRST').some((each) => !askingSources.some((known) => known === each))) {
    check.problems.push(`CONSENT_FIRST must list only ${askingSources.join(', ')}`)
  }
  const { data, problems } = readFile(path)
  check.problems.push(...problems.map((problem) => `${name} ${problem}`))
  if (!data) return emptyBook(consentFirst)
  const brand = check.text('BRAND_NAME', data.brand)
  if (brand.length > longestBrand) check.fault('BRAND_NAME', `must be at most ${longestBrand} characters`)
  const filling = { brand, contact: data.contact, page: facts.page, days: String(facts.days) }
  const filled = (pair: Bilingual): Bilingual => ({ zh: fill(pair.zh, filling), en: fill(pair.en, filling) })
  const texts = Object.fromEntries(
    noticeSources.map((each) => {
      const { version: label, inPlaceSince, notice, consent } = data.sources[each]
      const place = inPlaceSince === null ? null : new Date(inPlaceSince)
      return [each, { version: label, notice: filled(notice), consent: consent && filled(consent), inPlaceSince: place }]
    }),
  ) as Record<(typeof noticeSources)[number], NoticeText>
  const silent = consentFirst.filter((each) => texts[each].consent === null)
  check.problems.push(...silent.map((each) => `${name} sources.${each}.consent: must be words, since CONSENT_FIRST names it`))
  return { brand, texts, guide: filled(guideOf(path, data.guide, check, name)), consentFirst }
}

function readFile(path: URL | string): { data: z.output<typeof file> | null; problems: string[] } {
  const read = textOf(path)
  if (read === null) return { data: null, problems: ['cannot be read'] }
  try {
    const result = file.safeParse(JSON.parse(read))
    if (result.success) return { data: result.data, problems: [] }
    return { data: null, problems: result.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`) }
  } catch {
    return { data: null, problems: ['is not JSON'] }
  }
}

/** The guide's files lie beside the notices file. */
function guideOf(path: URL | string, guide: Bilingual, check: Problems, name: string): Bilingual {
  const base = path instanceof URL ? path : new URL(path, `file://${process.cwd()}/`)
  const read = (beside: string, language: string) => {
    const found = textOf(new URL(beside, base))
    const problems = found === null ? ['must name a file beside it'] : problemsOf(found)
    check.problems.push(...problems.map((problem) => `${name} guide.${language}: ${problem}`))
    return found ?? ''
  }
  return { zh: read(guide.zh, 'zh'), en: read(guide.en, 'en') }
}

/** The file that the brand edits stays in config/; the compiled server in dist/config finds it there too. */
function shippedFile(): URL {
  const beside = new URL('notices.json', import.meta.url)
  return existsSync(beside) ? beside : new URL('../../config/notices.json', import.meta.url)
}

function textOf(path: URL | string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function problemsOf(value: string): string[] {
  const named = [...value.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? '')
  const unknown = named.filter((each) => !placeholders.some((known) => known === each))
  return unknown.map((each) => `has an unknown placeholder {${each}}; known: ${placeholders.map((known) => `{${known}}`).join(' ')}`)
}

function fill(value: string, filling: Filling): string {
  return placeholders.reduce((filled, name) => filled.replaceAll(`{${name}}`, filling[name]), value)
}

/** Stands in while the problems are printed. */
function emptyBook(consentFirst: NoticeBook['consentFirst']): NoticeBook {
  const none = { zh: '', en: '' }
  const empty: NoticeText = { version: '', notice: none, consent: none, inPlaceSince: null }
  const texts = Object.fromEntries(noticeSources.map((each) => [each, empty])) as NoticeBook['texts']
  return { brand: '', texts, guide: none, consentFirst }
}
