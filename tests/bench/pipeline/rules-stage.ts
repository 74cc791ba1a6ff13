import { createRequire } from 'node:module'
import { emptyMemory } from '../../../server/domain/memory-state.ts'
import type { CustomerEvent } from '../../../server/domain/event.ts'
import type { Memory } from '../../../server/domain/memory.ts'
import { weigh } from '../../../server/domain/weigh.ts'
import { parseBeacon } from '../../../webhooks/beacon/parse.ts'
import { input } from '../callbacks/listening.ts'
import { compiled, type Fired } from './closures.ts'
import { mallDelivery } from './events.ts'
import { engineRules, factsOf, type JsonRulesEngine } from './json-rules.ts'
import { fiftyRules } from './rules.ts'

/** Events a second of one way to weigh them, and how many signals it gave. */
export interface Weighing {
  perSecond: number
  signals: number
}

/** The rules stage alone, without any store: ours, closures compiled from the same rules, and json-rules-engine. */
const { events: count, customers } = input<{ events: number; customers: number }>()
const rules = fiftyRules()
const events = Array.from({ length: count }, (_, index) => mallDelivery(index, customers, new Date(1_795_600_000_000)))
  .flatMap((delivery) => parseBeacon(delivery))
  .flatMap((fact) => (fact.about === 'customer' ? [fact.event] : []))

process.send?.({ ours: ours(), closures: closures(), jsonRules: await jsonRules() })
process.disconnect?.()

function ours(): Weighing {
  return timed(() => {
    const memories = new Map<string, Memory>()
    return (event, who) => {
      const { memory, signals } = weigh(memories.get(who) ?? emptyMemory(), event, rules)
      memories.set(who, memory)
      return signals.length
    }
  })
}

function closures(): Weighing {
  return timed(() => {
    const weighOne = compiled(rules)
    const memories = new Map<string, Fired>()
    return (event, who) => {
      const memory = memories.get(who) ?? new Map()
      memories.set(who, memory)
      return weighOne(memory, event)
    }
  })
}

/** Once to warm up, once for the figure. */
function timed(make: () => (event: CustomerEvent, who: string) => number): Weighing {
  const whos = events.map(({ who }) => ('openId' in who ? String(who.openId) : ''))
  const once = () => {
    const weighOne = make()
    const started = performance.now()
    const signals = events.reduce((sum, event, index) => sum + weighOne(event, whos[index] ?? ''), 0)
    return { perSecond: (events.length * 1000) / (performance.now() - started), signals }
  }
  once()
  return once()
}

/** It keeps no memory: counts come from a map beside it, as its users do. Slow, so it is given fewer events. */
async function jsonRules(): Promise<Weighing> {
  const { Engine } = createRequire(import.meta.url)('json-rules-engine') as JsonRulesEngine
  const engine = new Engine([], { allowUndefinedFacts: true })
  for (const rule of engineRules(rules)) engine.addRule(rule)
  const facts = factsOf(rules)
  const some = events.slice(0, Math.min(events.length, 3_000))
  let signals = 0
  const started = performance.now()
  for (const event of some) signals += (await engine.run(facts(event))).events.length
  return { perSecond: (some.length * 1000) / (performance.now() - started), signals }
}
