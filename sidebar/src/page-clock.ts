import { shallowRef, type ShallowRef } from 'vue'
import { usualZone } from './words.ts'

/** The server's now, kept running between its answers; all times on the pages are told from it. */
export interface PageClock {
  /** Unix ms on the server's clock; moves every 10 s, so that 6 分钟前 becomes 7 分钟前. */
  now: Readonly<ShallowRef<number>>
  /** Time zone of the store. */
  zone: ShallowRef<string>
  /** Called with the `now` of every answer. */
  set(serverNow: number): void
}

const stepMs = 10_000

/** A clock that follows the server's, however wrong the device's is. */
export function createPageClock(deviceNow: () => number): PageClock {
  let ahead = 0
  const now = shallowRef(deviceNow())
  const tick = () => (now.value = deviceNow() + ahead)
  setInterval(tick, stepMs)
  return {
    now,
    zone: shallowRef(usualZone),
    set(serverNow) {
      ahead = serverNow - deviceNow()
      tick()
    },
  }
}
