import { shippedRules } from '../../../config/rules.ts'
import type { Rule } from '../../../server/domain/rule.ts'

const minute = 60_000
const head = { names: { zh: '基准', en: 'Benchmark' }, tag: '基准', coolDownMs: 24 * 60 * minute, urgency: 'later', direct: false } as const

/** Fifty rules: those that the product ships, and variations of their shapes until there are enough. */
export function fiftyRules(count = 50): readonly Rule[] {
  return [...shippedRules, ...Array.from({ length: count - shippedRules.length }, (_, index) => variation(index))]
}

function variation(index: number): Rule {
  const id = `bench-${index}`
  const windowMs = (5 + index) * minute
  if (index % 5 === 0) return { ...head, id, shape: 'missing-step', start: ['add-to-cart'], cancel: ['order', 'remove-from-cart'], delayMs: windowMs + 120 * minute }
  if (index % 5 === 1) return { ...head, id, shape: 'counting', on: ['view-item'], per: 'category', distinct: true, count: 4 + (index % 4), windowMs, spacingMs: 0 }
  if (index % 5 === 2) return { ...head, id, shape: 'counting', on: ['view-item', 'add-to-cart'], per: 'any', distinct: false, count: 8 + index, windowMs, spacingMs: 1_000 }
  if (index % 5 === 3) return { ...head, id, shape: 'counting', on: ['view-item'], per: 'object', distinct: false, count: 3 + (index % 5), windowMs, spacingMs: 30_000 }
  return { ...head, id, shape: 'single', on: ['search'], keywords: [`词${index}`, `word ${index}`] }
}
