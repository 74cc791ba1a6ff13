import { onMounted, onUnmounted, shallowRef, watch, type ShallowRef } from 'vue'
import type { Answer, Problem } from '../api.ts'
import { useParts } from '../parts.ts'

/** What a page shows of one view of the server's: never two of these at once. */
export type Fresh<T> =
  | { kind: 'loading' }
  | { kind: 'failed'; problem: Problem }
  /** `trouble`: the view is not the newest, and why. `remembered`: it is the device's, no answer of the server's has come. */
  | { kind: 'ready'; view: T; trouble: Problem | null; remembered?: true }

interface FreshDeps<T> {
  ask(): Promise<Answer<T>>
  /** What the device remembers of it. */
  kept(): T | null
  keep(view: T): void
  /** The member may not see it (any more): the device forgets it. */
  drop?(): void
  /** The view to show when `next` arrives while `shown` is on the page. */
  merge?(shown: T, next: T): T
}

const nobody: Problem = { reason: 'signed-out', message: '', details: {} }
const firstRetryMs = 4_000
const longestRetryMs = 30_000
const burstMs = 800
/** With these the last content stays on the page, and a sentence says of when it is. */
const passing: ReadonlySet<string> = new Set(['offline', 'server-down', 'signed-out'])

/** A view that keeps itself fresh: what the device remembers until an answer comes, tries again by itself, submits what waits. */
export function useFresh<T extends { now: number }>(deps: FreshDeps<T>): {
  state: ShallowRef<Fresh<T>>
  reload(): Promise<void>
  /** Reads again because something changed: at once, but a burst of changes is read once more at its end only. */
  refresh(): void
  /** Starts over with the skeleton, for another question. */
  restart(): Promise<void>
} {
  const { clock, queue, signIn } = useParts()
  const state = shallowRef<Fresh<T>>(remembered(deps.kept()))
  let asked = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitMs = firstRetryMs

  async function reload(): Promise<void> {
    const mine = ++asked
    const answer = await deps.ask()
    if (mine !== asked) return // a later question has overtaken this one
    state.value = answer.ok ? show(answer.value) : fallBack(answer.problem)
  }
  function show(next: T): Fresh<T> {
    clock.set(next.now)
    deps.keep(next)
    const shown = state.value.kind === 'ready' && !state.value.remembered ? state.value.view : null
    return { kind: 'ready', view: shown && deps.merge ? deps.merge(shown, next) : next, trouble: null }
  }
  function fallBack(problem: Problem): Fresh<T> {
    const now = state.value.kind === 'ready' ? state.value : remembered(deps.kept())
    if (!passing.has(problem.reason)) deps.drop?.()
    if (now.kind !== 'ready' || !passing.has(problem.reason)) return { kind: 'failed', problem }
    // Nobody is signed in: what was not shown under this sign-in is not shown without one.
    return now.remembered && problem.reason === 'signed-out' ? { kind: 'failed', problem } : { ...now, trouble: problem }
  }
  /** Content never waits for what is still to be submitted; once that is done, the view is read again. */
  async function recover(): Promise<void> {
    const waiting = queue.size.value > 0
    await Promise.all([reload(), queue.flush()])
    if (waiting) await reload()
  }
  let pause: ReturnType<typeof setTimeout> | undefined
  let changed = false
  function refresh(): void {
    changed = pause !== undefined
    if (changed) return
    void reload()
    pause = setTimeout(() => {
      pause = undefined
      if (changed) refresh()
    }, burstMs)
  }
  function restart(): Promise<void> {
    state.value = { kind: 'loading' }
    return reload()
  }
  watch(state, (now) => {
    clearTimeout(timer)
    const problem = now.kind === 'failed' ? now.problem : now.kind === 'ready' ? now.trouble : null
    // An answer may still come through when the line is going: nothing after it will, and the page has to say so.
    const again = problem ? problem.reason === 'server-down' || problem.reason === 'offline' : !navigator.onLine
    if (!again) {
      waitMs = firstRetryMs
      return
    }
    timer = setTimeout(() => void recover(), waitMs)
    waitMs = Math.min(waitMs * 2, longestRetryMs)
  })
  // Whichever question was told: what is only remembered goes at once.
  watch(signIn.over, () => {
    if (state.value.kind === 'ready' && state.value.remembered) state.value = { kind: 'failed', problem: nobody }
  })
  const seenAgain = () => {
    if (document.visibilityState === 'visible') void recover()
  }
  const back = () => void recover()
  onMounted(() => {
    window.addEventListener('online', back)
    window.addEventListener('offline', back)
    document.addEventListener('visibilitychange', seenAgain)
    void recover()
  })
  onUnmounted(() => {
    clearTimeout(timer)
    clearTimeout(pause)
    window.removeEventListener('online', back)
    window.removeEventListener('offline', back)
    document.removeEventListener('visibilitychange', seenAgain)
  })
  return { state, reload, refresh, restart }
}

function remembered<T>(view: T | null): Fresh<T> {
  return view === null ? { kind: 'loading' } : { kind: 'ready', view, trouble: null, remembered: true }
}
