import type { WallClock } from './local-time.ts'
import { articleText, shortened } from './words.ts'

/** What may stand in braces: 客户称呼, 问候, 商品, 文章, 品类, 导购. */
export const placeholders = ['customer', 'greeting', 'item', 'article', 'category', 'staff'] as const

export type Placeholder = (typeof placeholders)[number]

/** The brand's first sentences: variants with placeholders, per rule id; `fallback` where a rule has too few that fit. */
export interface Sentences {
  rules: Readonly<Record<string, readonly string[]>>
  fallback: readonly string[]
}

/** What is known for one alert; a variant that needs an unknown fact is left out. */
export interface SentenceFacts {
  customer: string
  item: string | null
  article: string | null
  category: string | null
  staff: string | null
  /** The customer asked about `item` by name: what does not name it would seem not to have listened. */
  named?: boolean
}

/** So many proposals every alert has at least. */
export const leastOpeners = 3

const greetings: readonly { fromHour: number; text: string }[] = [
  { fromHour: 0, text: '您好' },
  { fromHour: 5, text: '早上好' },
  { fromHour: 11, text: '中午好' },
  { fromHour: 13, text: '下午好' },
  { fromHour: 18, text: '晚上好' },
  { fromHour: 23, text: '您好' },
]

/** The greeting of the hour, as the customer's clock has it. */
export function greetingAt(at: Date, wall: WallClock): string {
  const { hour } = wall(at)
  return greetings.findLast(({ fromHour }) => hour >= fromHour)?.text ?? '您好'
}

/** The proposals for one alert: the rule's variants that fit what is known, filled up from the fallback. */
export function openersFor(sentences: Sentences, ruleId: string, facts: SentenceFacts, greeting: string): string[] {
  const own = Object.hasOwn(sentences.rules, ruleId) ? (sentences.rules[ruleId] ?? []) : []
  const known = valuesOf(facts, greeting)
  const fitting = facts.named ? naming(own, known) : fill(own, known)
  return fitting.length >= leastOpeners ? fitting : [...new Set([...fitting, ...fill(sentences.fallback, known)])]
}

/** Sentences with the item, if there are enough. */
function naming(own: readonly string[], known: ReadonlyMap<string, string>): string[] {
  const precise = fill(own.filter((variant) => placeholdersIn(variant).includes('item')), known)
  return precise.length >= leastOpeners ? precise : fill(own, known)
}

/** Sentences that need nothing of the customer, not even a name: 晚上好，…. */
export function generalSentences(sentences: Sentences, staff: string | null, greeting: string): string[] {
  const known = new Map([['customer', ''], ['greeting', greeting], ...(staff ? [['staff', staff] as const] : [])])
  return [...new Set(fill(sentences.fallback, known))]
}

/** A proposal made in the evening and read in the morning says good morning. */
export function freshGreeting(opener: string, customer: string, greeting: string): string {
  const old = greetings.find(({ text }) => opener.startsWith(`${customer}${text}`))
  return old ? `${customer}${greeting}${opener.slice(customer.length + old.text.length)}` : opener
}

/** The placeholders of one variant. */
export function placeholdersIn(variant: string): string[] {
  return [...variant.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? '')
}

function valuesOf(facts: SentenceFacts, greeting: string): ReadonlyMap<string, string> {
  const { customer, item, article, category, staff } = facts
  const values: readonly [Placeholder, string | null][] = [
    ['customer', customer],
    ['greeting', greeting],
    ['item', item && shortened(item, 20)],
    ['article', article && articleText(article)],
    ['category', category],
    ['staff', staff],
  ]
  return new Map(values.flatMap(([name, value]) => (value ? [[name, value]] : [])))
}

function fill(variants: readonly string[], known: ReadonlyMap<string, string>): string[] {
  return variants
    .filter((variant) => placeholdersIn(variant).every((name) => known.has(name)))
    .map((variant) => variant.replace(/\{([^{}]*)\}/g, (_, name: string) => known.get(name) ?? ''))
}
