import { sum } from './expressions-arithmetic.ts'
import { notImplemented } from './errors.ts'
import type { Expression } from './expression-types.ts'
import * as numbers from './numbers.ts'
import { compare, encodeKey } from './order.ts'
import type { Numeric, Value } from './values.ts'
import { isDoc, isNumeric } from './values.ts'

/** Gathers one value a document; `undefined` is a missing field. */
export type Accumulator = { add(value: Value): void, result(): Value }

function summing(): Accumulator {
  let total: Numeric = 0
  return {
    add(value) {
      if (isNumeric(value)) total = sum(total, value)
    },
    result: () => total,
  }
}

function averaging(): Accumulator {
  let total: Numeric = 0
  let count = 0
  return {
    add(value) {
      if (!isNumeric(value)) return
      total = sum(total, value)
      count++
    },
    result: () => (count === 0 ? null : numbers.divide(total, count)),
  }
}

function extreme(sign: 1 | -1): () => Accumulator {
  return () => {
    let best: Value
    return {
      add(value) {
        if (value === null || value === undefined) return
        if (best === undefined || compare(value, best) * sign > 0) best = value
      },
      result: () => best ?? null,
    }
  }
}

function first(): Accumulator {
  let seen = false
  let kept: Value = null
  return {
    add(value) {
      if (!seen) kept = value ?? null
      seen = true
    },
    result: () => kept,
  }
}

function last(): Accumulator {
  let kept: Value = null
  return { add: (value) => { kept = value ?? null }, result: () => kept }
}

function pushing(): Accumulator {
  const values: Value[] = []
  return {
    add(value) {
      if (value !== undefined) values.push(value)
    },
    result: () => values,
  }
}

function addingToSet(): Accumulator {
  const values = new Map<string, Value>()
  return {
    add(value) {
      if (value === undefined) return
      const key = encodeKey(value).toString('latin1')
      if (!values.has(key)) values.set(key, value)
    },
    result: () => [...values.values()],
  }
}

function merging(): Accumulator {
  const merged = new Map<string, Value>()
  return {
    add(value) {
      if (isDoc(value)) for (const [name, inner] of value) merged.set(name, inner)
    },
    result: () => merged,
  }
}

/** The accumulators of `$group` by name. */
export const ACCUMULATORS: Readonly<Record<string, () => Accumulator>> = {
  $sum: summing, $avg: averaging, $min: extreme(-1), $max: extreme(1), $first: first, $last: last, $push: pushing,
  $addToSet: addingToSet, $mergeObjects: merging, $count: () => summing(),
}

/** How one output field of `$group` is made: a new accumulator for each group, and what it is fed. */
export type Accumulation = { create: () => Accumulator, input: Expression }

/** @throws MongoRefusal NotImplemented naming the accumulator. */
export function accumulation(name: string, operand: Value, compile: (value: Value) => Expression): Accumulation {
  const create = Object.hasOwn(ACCUMULATORS, name) ? ACCUMULATORS[name] : undefined
  if (create === undefined) throw notImplemented(`group accumulator ${name}`)
  return { create, input: name === '$count' ? () => 1 : compile(operand) }
}
