import { expect, test } from 'vitest'
import { createLive } from '../../sidebar/src/live.ts'

/** The browser's end of a stream, spoken to by the test. */
function line() {
  const target = new EventTarget()
  return Object.assign(target, {
    readyState: 1,
    close: () => undefined,
    opens(quietMs: number) {
      target.dispatchEvent(new Event('open'))
      target.dispatchEvent(new MessageEvent('opened', { data: JSON.stringify({ quietMs }) }))
    },
  })
}

function page() {
  const source = line()
  const clock = { ms: 50_000 }
  const live = createLive({ connect: () => source as unknown as EventSource, now: () => clock.ms })
  const heard: string[] = []
  live.listen({ message: ({ subject }) => heard.push(subject), caughtUp: () => heard.push('reads again') })
  return { source, clock, heard }
}

test('F5: news between the first answer and the first opening of the stream are read; older ones cost nothing', () => {
  const late = page()
  late.clock.ms += 4_000
  late.source.opens(3_500)
  expect(late.heard).toEqual(['reads again'])

  const calm = page()
  calm.clock.ms += 4_000
  calm.source.opens(60_000)
  expect(calm.heard).toEqual([])
})

test('F5: a line that was cut reads once more when it is back, and not twice', () => {
  const { source, heard } = page()
  source.opens(60_000)
  source.opens(0)
  expect(heard).toEqual(['reads again'])
})
