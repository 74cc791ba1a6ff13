import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { shippedRules } from '../../config/rules.ts'
import type { CustomerEvent } from '../../server/domain/event.ts'
import { livingMemory } from '../../server/domain/living-memory.ts'
import { emptyMemory } from '../../server/domain/memory-state.ts'
import type { Memory } from '../../server/domain/memory.ts'
import { rebuild } from '../../server/domain/rebuild.ts'
import type { CountingRule, Rule } from '../../server/domain/rule.ts'
import { fireTimers, weighAll } from '../../server/domain/weigh.ts'
import { hour, mall, minute, opened, start } from './events.ts'

const readAgain = shippedRules.find(({ id }) => id === 'article-read-again') as CountingRule
const told = ({ signals }: ReturnType<typeof weighAll>) => signals.map(({ rule, subject }) => `${rule} ${subject}`)
const opens = (...hours: number[]) => hours.map((at) => opened(at * hour))
const view = (at: number, id: string) => mall(at, 'view-item', { id, category: 'boots' })

describe('E1 rules that count the same', () => {
  const twice: Rule = { ...readAgain, id: 'twice', count: 2, windowMs: hour + 1 }
  const rules = [readAgain, twice]

  test('look at one list, each with its own number and window', () => {
    const { signals, memory } = weighAll(emptyMemory(), opens(0, 2, 3), rules)
    expect(signals.map(({ rule, eventKeys }) => `${rule} ${eventKeys.length}`)).toEqual(['article-read-again 3', 'twice 2'])
    expect(JSON.stringify(memory.state).match(/"chains"/g)).toHaveLength(1)
  })

  test('leave what one of them would have remembered alone', () => {
    const events = opens(0, 2, 3)
    const living = (own: readonly Rule[]) => livingMemory(weighAll(emptyMemory(), events, own).memory, own, new Date(start + 3 * hour))
    const both = living(rules) as { rules: readonly unknown[] }
    const apart = [[readAgain], [twice]].map((own) => living(own) as { rules: readonly unknown[] })
    expect(both.rules).toEqual(apart.flatMap((one) => one.rules))
  })

  test('a rule that joins them finds what was counted already, as a rebuild does', () => {
    const { memory } = weighAll(emptyMemory(), opens(0, 2), [readAgain])
    const joined = weighAll(memory, opens(2.5), rules)
    expect(told(joined)).toEqual(['article-read-again coat', 'twice coat'])
    expect(rebuild(opens(0, 2, 2.5), rules, null).signals.map(({ rule }) => rule)).toEqual(['article-read-again', 'twice'])
  })
})

test('E1 what is remembered for a rule that is not in force here waits for it: another process may still have it', () => {
  const { memory } = weighAll(emptyMemory(), [...opens(0, 1), mall(hour, 'add-to-cart')], shippedRules)
  const others = shippedRules.filter(({ id }) => id !== 'article-read-again' && id !== 'added-to-basket')
  const between = weighAll(memory, [view(90 * minute, 'a')], others).memory
  const again = weighAll(between, [...opens(2), mall(2 * hour, 'add-to-cart')], shippedRules)
  expect(told(again)).toEqual(['article-read-again coat'])
})

describe('E1 a memory from before counts were shared', () => {
  const stored = new URL('../fixtures/memory/former.json', import.meta.url)
  const former = (): Memory => {
    const { newest, nextTimerAt, state } = JSON.parse(readFileSync(stored, 'utf8'))
    return { newest: { at: new Date(newest.at), key: newest.key }, nextTimerAt: new Date(nextTimerAt), state }
  }

  test.each<[string, CustomerEvent, string[]]>([
    ['counts on', opened(2 * hour), ['article-read-again coat']],
    ['compares on', view(hour + 10 * minute, 'e'), ['comparing boots']],
    ['stays silent within a cool-down', mall(hour + 10 * minute, 'add-to-cart', { id: 'd' }), []],
    ['and speaks about what did not fire', mall(hour + 10 * minute, 'add-to-cart', { id: 'e' }), ['added-to-basket e']],
  ])('%s', (_, event, expected) => {
    const before = former()
    expect(told(weighAll(before, [event], shippedRules))).toEqual(expected)
    expect(before).toEqual(former())
  })

  test('its timers run on, and end with an order under another id', () => {
    const end = new Date(start + 3 * hour + 5 * minute)
    expect(fireTimers(former(), end, shippedRules).signals.map(({ rule, at }) => [rule, at])).toEqual([['basket-not-ordered', end]])
    const ordered = weighAll(former(), [mall(2 * hour, 'order', { id: 'sku-d' })], shippedRules).memory
    expect(ordered.nextTimerAt).toBe(null)
    expect(fireTimers(ordered, end, shippedRules).signals).toEqual([])
  })
})
