import { expect, test } from 'vitest'
import { demoClock } from './clock.ts'

function clockOn(offsetMs = 0) {
  const machine = { ms: 1_000_000 }
  const changes: number[] = []
  const clock = demoClock(
    offsetMs,
    () => changes.push(machine.ms),
    () => machine.ms,
  )
  return { clock, machine, changes, at: () => clock.now().getTime() }
}

test('I1: the clock runs with the machine, jumps, and runs sixty times as fast', () => {
  const { clock, machine, at } = clockOn(500)
  expect(at()).toBe(1_000_500)
  clock.jump(7_200_000)
  expect(at()).toBe(8_200_500)
  clock.setSpeed(60)
  machine.ms += 1_000
  expect(at()).toBe(8_260_500)
  clock.setSpeed(1)
  machine.ms += 1_000
  expect(at()).toBe(8_261_500)
})

test('I1: it never runs backwards: not by a jump, not by a slow speed, not when the machine is set back', () => {
  const { clock, machine, at } = clockOn()
  clock.jump(-5_000)
  clock.setSpeed(-2)
  expect(clock.speed()).toBe(1)
  const before = at()
  machine.ms -= 60_000
  expect(at()).toBe(before)
})

test('I1: every jump and change of speed is told at once, and what is saved reaches beyond the next saving', () => {
  const { clock, machine, changes, at } = clockOn()
  clock.setSpeed(60)
  clock.jump(1_000)
  expect(changes.length).toBeGreaterThanOrEqual(2)
  const saved = clock.offsetMs()
  machine.ms += 1_000
  const last = at()
  expect(
    demoClock(
      saved,
      () => {},
      () => machine.ms,
    )
      .now()
      .getTime(),
  ).toBeGreaterThanOrEqual(last)
})
