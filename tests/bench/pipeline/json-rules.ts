import type { CustomerEvent } from '../../../server/domain/event.ts'
import { concerns, type Rule } from '../../../server/domain/rule.ts'
import { subjectOf } from '../../../server/domain/subject.ts'

/** As much of the package as is used here. */
export interface JsonRulesEngine {
  Engine: new (
    rules: readonly unknown[],
    options: { allowUndefinedFacts: boolean },
  ) => { addRule(rule: unknown): void; run(facts: Record<string, unknown>): Promise<{ events: unknown[] }> }
}

/** The same rules in its words: the kind of the event, and a count that somebody else has counted. */
export function engineRules(rules: readonly Rule[]): readonly unknown[] {
  return rules.map((rule) => ({
    conditions: { all: [{ fact: 'kind', operator: 'in', value: kindsOf(rule) }, ...moreOf(rule)] },
    event: { type: rule.id },
  }))
}

function kindsOf(rule: Rule): readonly string[] {
  return rule.shape === 'missing-step' ? rule.start : rule.on
}

function moreOf(rule: Rule): readonly unknown[] {
  if (rule.shape === 'counting') return [{ fact: `count ${rule.id}`, operator: 'greaterThanInclusive', value: rule.count }]
  if (rule.shape === 'single' && rule.keywords) return [{ any: rule.keywords.map((value) => ({ fact: 'words', operator: 'contains', value })) }]
  return []
}

/** Facts of an event, with counts that are kept beside the engine. */
export function factsOf(rules: readonly Rule[]): (event: CustomerEvent) => Record<string, unknown> {
  const counts = new Map<string, number>()
  return (event) => {
    const subject = subjectOf(event)
    const facts: Record<string, unknown> = { kind: event.kind, words: 'text' in event ? (event.text ?? '').split(' ') : [] }
    for (const rule of rules) {
      if (rule.shape !== 'counting' || !concerns(rule, event.kind)) continue
      const key = `${rule.id} ${'openId' in event.who ? event.who.openId : ''} ${rule.per === 'category' ? subject.category : subject.object}`
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      facts[`count ${rule.id}`] = count
    }
    return facts
  }
}
