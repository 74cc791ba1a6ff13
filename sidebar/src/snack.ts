import { shallowRef, type ShallowRef } from 'vue'

/** One short message above the bottom bar (above an open sheet: at the top), perhaps with one thing to do. */
export interface SnackMessage {
  text: string
  action: { label: string; run(): void } | null
}

export interface Snack {
  shown: Readonly<ShallowRef<SnackMessage | null>>
  /** Sheets that lie over the page now: the message stands above them, not on them. */
  sheets: ShallowRef<number>
  say(text: string, action?: SnackMessage['action']): void
  clear(): void
}

/** Long enough to undo (the design asks for five seconds). */
const staysMs = 5_000

/** A message at a time; the newest wins and goes by itself. */
export function createSnack(): Snack {
  const shown = shallowRef<SnackMessage | null>(null)
  const sheets = shallowRef(0)
  let timer: ReturnType<typeof setTimeout> | undefined
  function clear(): void {
    clearTimeout(timer)
    shown.value = null
  }
  return {
    shown,
    sheets,
    say(text, action = null) {
      clear()
      shown.value = { text, action }
      timer = setTimeout(clear, staysMs)
    },
    clear,
  }
}
