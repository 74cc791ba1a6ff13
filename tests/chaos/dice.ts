/** Chance that can be repeated: the same seed rolls the same numbers. */
export interface Dice {
  /** At least 0, below 1. */
  roll(): number
  /** A whole number from 0 to below `count`. */
  below(count: number): number
  pick<T>(list: readonly T[]): T
  /** Picks by weight. */
  weighed<T extends string>(weights: Readonly<Record<T, number>>): T
}

/** Mulberry32: 32 bits of state, public domain, even enough for plans. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0
  function roll(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (count: number) => Math.floor(roll() * count)
  return {
    roll,
    below,
    pick: (list) => list[below(list.length)] as (typeof list)[number],
    weighed(weights) {
      const entries = Object.entries<number>(weights)
      let left = roll() * entries.reduce((sum, [, weight]) => sum + weight, 0)
      const found = entries.find(([, weight]) => (left -= weight) < 0) ?? entries.at(-1)
      return found?.[0] as keyof typeof weights
    },
  }
}
