import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
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
  /** She is no longer at it. */
  release(): void
  hide(alert: AlertView): void
}

interface WhyNowDeps {
  /** Open alerts as the server orders them; null before its first answer. */
  alerts(): readonly AlertView[] | null
  settled: ShallowRef<Settled | null>
  /** A new alert came in beside the one on the card. */
  onNew(alert: AlertView): void
}

/**
 * Which alert is on the card. It does not change under her thumb: what comes in meanwhile waits in a line below, unless
 * the one on the card is dealt with, or can wait while the new one cannot.
 */
export function useWhyNow({ alerts, settled, onNew }: WhyNowDeps): WhyNow {
  const listed = computed(() => alerts() ?? [])
  const { visible, hide } = useHidden(() => listed.value)
  const focused = shallowRef<string | null>(null)
  const held = shallowRef<{ alert: AlertView; why: 'editing' | 'sent' } | null>(null)
  const seen = new Set<string>()
  let begun = false

  const shown = computed(() => {
    if (settled.value) return settled.value.alert
    const open = visible.value
    return open.find((alert) => alert.key === focused.value) ?? held.value?.alert ?? open.find(isAwake) ?? null
  })
  const others = computed(() => visible.value.filter((alert) => alert.key !== shown.value?.key))
  const followed = computed(() => {
    const now = held.value
    return now?.why === 'sent' && shown.value === now.alert && !listed.value.some((one) => one.key === now.alert.key)
  })

  function focus(key: string | null): void {
    focused.value = key
    held.value = null
  }
  watch(
    visible,
    (open) => {
      const fresh = open.filter((alert) => !seen.has(alert.key))
      const first = begun ? fresh[0] : undefined
      for (const alert of fresh) seen.add(alert.key)
      if (first && (followed.value || settled.value?.verdict === 'following')) {
        settled.value = null
        focus(first.key)
      } else if (first && outranks(first, shown.value) && !held.value && !settled.value) {
        focus(first.key)
      } else if (!open.some((alert) => alert.key === focused.value)) {
        focused.value = open.find(isAwake)?.key ?? null
      }
      begun ||= alerts() !== null
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
    hold: (alert, why) => (held.value = { alert, why }),
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
