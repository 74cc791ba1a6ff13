/** Which of very many ids were seen. */
export interface SeenIds {
  add(ids: readonly string[]): void
  has(id: string): boolean
}

const lowSlots = 1 << 12
/** 2^32 */
const word = 4_294_967_296
/** With the low word 53 bits: a whole number that a double holds exactly. */
const highBits = 0x1fffff

/**
 * Keeps 8 bytes of each id, not the id: a million of them take 16 MB instead of a hundred. Two ids that look alike to it are
 * possible, one in ten billion questions for a million ids; whoever is asked about must bear that.
 */
export function createSeenIds(): SeenIds {
  let slots = new Float64Array(lowSlots)
  let count = 0

  /** The slot of this mark, or the empty one where it belongs. */
  function slotOf(mark: number): number {
    let slot = (mark % word) & (slots.length - 1)
    while (slots[slot] !== 0 && slots[slot] !== mark) slot = (slot + 1) & (slots.length - 1)
    return slot
  }
  function grow(): void {
    const before = slots
    slots = new Float64Array(before.length * 2)
    for (const mark of before) if (mark !== 0) slots[slotOf(mark)] = mark
  }
  function addOne(id: string): void {
    const mark = markOf(id)
    const slot = slotOf(mark)
    if (slots[slot] === mark) return
    slots[slot] = mark
    count += 1
    if (count * 4 > slots.length * 3) grow()
  }
  return {
    add: (ids) => ids.forEach(addOne),
    has: (id) => slots[slotOf(markOf(id))] !== 0,
  }
}

/** 53 bits of the whole text, two sums that go their own ways and are stirred at the end; never 0. */
function markOf(id: string): number {
  let low = 0x2545f491
  let high = 0x6c62272e
  for (let index = 0; index < id.length; index += 1) {
    const code = id.charCodeAt(index)
    low = Math.imul(low ^ code, 0x01000193)
    high = Math.imul(((high << 7) | (high >>> 25)) ^ code, 0x2c1b3c6d)
  }
  return (stirred(high ^ low) & highBits) * word + (stirred(low) >>> 0) + 1
}

function stirred(value: number): number {
  const once = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  const twice = Math.imul(once ^ (once >>> 15), 0x297a2d39)
  return twice ^ (twice >>> 16)
}
