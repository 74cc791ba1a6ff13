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

/** Events per second of processor time of one way to weigh them, and how many signals it gave. */
export interface Weighing {
  perSecond: number
  signals: number
}

/** Three ways to weigh the same events. */
export interface Weighings {
  ours: Weighing
  closures: Weighing
  jsonRules: Weighing
}

/**
 * The rules stage alone, without any store: ours, closures compiled from the same rules, and json-rules-engine.
 * `inTurn`: one customer after another, so that a memory is in the processor's cache, as one is that was just read from
 * the store; else customers come as they do in a mall.
 */
const { events: count, customers, inTurn } = input<{ events: number; customers: number; inTurn: boolean }>()
const none: Weighing = { perSecond: 0, signals: 0 }
const rules = fiftyRules()
const rounds = 5
/** json-rules-engine is slow, so it is given the first of them. */
const fewer = 1_000

const mixed = Array.from({ length: count }, (_, index) => mallDelivery(index, customers, new Date(1_795_600_000_000)))
  .flatMap((delivery) => parseBeacon(delivery))
  .flatMap((fact) => (fact.about === 'customer' ? [fact.event] : []))
const events = inTurn ? mixed.toSorted((a, b) => (whoOf(a) < whoOf(b) ? -1 : whoOf(a) > whoOf(b) ? 1 : 0)) : mixed
const whos = events.map(whoOf)

process.send?.(await weighings())
process.disconnect?.()

function whoOf({ who }: CustomerEvent): string {
  return 'openId' in who ? who.openId : ''
}

/** Rounds in turn, so that a neighbour disturbs all alike; the best of each, by processor time. */
async function weighings(): Promise<Weighings> {
  const best: Weighings = { ours: none, closures: none, jsonRules: none }
  for (let round = 0; round < rounds; round += 1) {
    best.ours = better(best.ours, ours())
    best.closures = better(best.closures, closures())
    best.jsonRules = better(best.jsonRules, await jsonRules())
  }
  return best
}

function better(a: Weighing, b: Weighing): Weighing {
  return b.perSecond > a.perSecond ? b : a
}

function ours(): Weighing {
  const memories = new Map<string, Memory>()
  return timed((event, who) => {
    const { memory, signals } = weigh(memories.get(who) ?? emptyMemory(), event, rules)
    memories.set(who, memory)
    return signals.length
  })
}

function closures(): Weighing {
  const weighOne = compiled(rules)
  const memories = new Map<string, Fired>()
  return timed((event, who) => {
    const memory = memories.get(who) ?? new Map()
    memories.set(who, memory)
    return weighOne(memory, event)
  })
}

function timed(weighOne: (event: CustomerEvent, who: string) => number): Weighing {
  const before = process.cpuUsage()
  let signals = 0
  events.forEach((event, index) => (signals += weighOne(event, whos[index] ?? '')))
  return { perSecond: perSecond(events.length, before), signals }
}

/** It keeps no memory: counts come from a map beside it, as its users do. */
async function jsonRules(): Promise<Weighing> {
  const { Engine } = createRequire(import.meta.url)('json-rules-engine') as JsonRulesEngine
  const engine = new Engine([], { allowUndefinedFacts: true })
  for (const rule of engineRules(rules)) engine.addRule(rule)
  const facts = factsOf(rules)
  const some = events.slice(0, fewer)
  let signals = 0
  const before = process.cpuUsage()
  for (const event of some) signals += (await engine.run(facts(event))).events.length
  return { perSecond: perSecond(some.length, before), signals }
}

function perSecond(done: number, before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (done * 1_000_000) / (user + system)
}
