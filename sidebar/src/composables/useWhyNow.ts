import { computed, onUnmounted, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import type { AlertView } from '../../../server/http/contract.ts'
import { useHidden } from './useHidden.ts'
import type { Settled } from './useUndo.ts'

export interface WhyNow {
  shown: ComputedRef<AlertView | null>
  others: ComputedRef<AlertView[]>
  /** Something was sent and the server has closed the alert since. */
  followed: ComputedRef<boolean>
  focus(key: string | null): void
  /** Keeps it on the card even when the server no longer lists it: she is at it, or has just sent something. */
  hold(alert: AlertView, why: 'editing' | 'sent'): void
  /** It was not sent after all. */
  unrest(): void
  /** It was sent: the card says so for a moment before the next alert takes its place. */
  rest(): void
  /** She is no longer at it. */
  release(): void
  hide(alert: AlertView): void
}

interface WhyNowDeps {
  /** Open alerts as the server orders them; null before there are any. */
  alerts(): readonly AlertView[] | null
  /** They are what the device remembers: the server's first answer takes their place, unless she is at one of them. */
  remembered(): boolean
  settled: ShallowRef<Settled | null>
  /** Key of the alert that was tapped on; null: none. */
  wanted(): string | null
  /** A new alert came in beside the one on the card. */
  onNew(alert: AlertView): void
}

/** How long 已发送 stays when another alert waits. */
const restMs = 2_000

/**
 * Which alert is on the card. It does not change under her thumb: what comes in meanwhile waits in a line below, unless
 * the one on the card is dealt with, or can wait while the new one cannot.
 */
export function useWhyNow({ alerts, remembered, settled, wanted, onNew }: WhyNowDeps): WhyNow {
  const listed = computed(() => alerts() ?? [])
  const { visible, hide } = useHidden(() => listed.value)
  const focused = shallowRef<string | null>(wanted())
  const held = shallowRef<{ alert: AlertView; why: 'editing' | 'sent' } | null>(null)
  const seen = new Set<string>()
  let begun = false
  let timer: ReturnType<typeof setTimeout> | undefined
  /** Something is being sent, or was a moment ago: the card is not to change. */
  const resting = shallowRef(false)

  const shown = computed(() => {
    if (settled.value) return settled.value.alert
    if (resting.value && held.value) return held.value.alert
    const open = visible.value
    return open.find((alert) => alert.key === focused.value) ?? held.value?.alert ?? open.find(isAwake) ?? null
  })
  const others = computed(() => visible.value.filter((alert) => alert.key !== shown.value?.key))
  const followed = computed(() => {
    const now = held.value
    return now?.why === 'sent' && shown.value === now.alert && !listed.value.some((one) => one.key === now.alert.key)
  })

  function focus(key: string | null): void {
    wake()
    begun ||= remembered()
    focused.value = key
    held.value = null
  }
  function wake(): void {
    clearTimeout(timer)
    resting.value = false
  }
  /** Whoever waits takes the place of what was answered; with nobody waiting it stays. */
  function makeRoom(): void {
    wake()
    const next = visible.value.find((alert) => isAwake(alert) && alert.key !== held.value?.alert.key)
    if (next && followed.value) focus(next.key)
  }
  watch(wanted, (key) => {
    if (key !== null) focus(key)
  })
  onUnmounted(wake)
  watch(
    visible,
    (open) => {
      const fresh = open.filter((alert) => !seen.has(alert.key))
      const first = begun ? fresh[0] : undefined
      for (const alert of fresh) seen.add(alert.key)
      if (resting.value) {
        // What comes in meanwhile has its turn in a moment.
      } else if (first && (followed.value || settled.value?.verdict === 'following')) {
        settled.value = null
        focus(first.key)
      } else if (first && outranks(first, shown.value) && !held.value && !settled.value) {
        focus(first.key)
      } else if (alerts() !== null && !begun && !held.value && !settled.value) {
        focused.value = (open.find((alert) => alert.key === wanted()) ?? open.find(isAwake))?.key ?? null
      } else if (alerts() !== null && !open.some((alert) => alert.key === focused.value)) {
        focused.value = open.find(isAwake)?.key ?? null
      }
      begun ||= alerts() !== null && !remembered()
      if (first) onNew(first)
    },
    { immediate: true },
  )
  return {
    shown,
    others,
    followed,
    focus,
    hide,
    hold(alert, why) {
      wake()
      held.value = { alert, why }
      resting.value = why === 'sent'
    },
    unrest: wake,
    rest() {
      clearTimeout(timer)
      timer = setTimeout(makeRoom, restMs)
    },
    release() {
      if (held.value?.why === 'editing') held.value = null
    },
  }
}

function outranks(fresh: AlertView, shown: AlertView | null): boolean {
  return fresh.urgency === 'now' && shown?.urgency === 'later'
}

function isAwake(alert: AlertView): boolean {
  return alert.state !== 'snoozed'
}
