/** Numbers that look random and are the same again for the same seed. */
export interface Random {
  /** 0 up to, not including, `below`. */
  int(below: number): number
  chance(probability: number): boolean
  pick<Of>(list: readonly Of[]): Of
  bytes(count: number): Uint8Array
}

/** Mulberry32: 32 bits of state, good enough to choose mutations. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const int = (below: number) => next() % below
  return {
    int,
    chance: (probability) => next() < probability * 0x1_0000_0000,
    pick<Of>(list: readonly Of[]): Of {
      if (list.length === 0) throw new Error('nothing to pick from')
      return list[int(list.length)] as Of
    },
    bytes: (count) => Uint8Array.from({ length: count }, () => next() & 255),
  }
}

/** The seed of one run's n-th step, so that this step alone can be done again. */
export function stepSeed(seed: number, step: number): number {
  return (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(step, 0xc2b2ae35)) >>> 0
}
