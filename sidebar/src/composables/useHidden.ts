import { computed, shallowRef, watch, type ComputedRef } from 'vue'
import type { AlertStateView, AlertView } from '../../../server/http/contract.ts'

/**
 * Alerts less those that the member has just dealt with: they leave at once, also while the server cannot be told. One
 * comes back when the server shows it in another state than it had then (稍后 after two hours).
 */
export function useHidden(alerts: () => readonly AlertView[]): {
  visible: ComputedRef<AlertView[]>
  hide(alert: AlertView): void
  show(key: string): void
} {
  const hidden = shallowRef<ReadonlyMap<string, AlertStateView>>(new Map())
  watch(alerts, (next) => {
    const kept = next.filter((alert) => hidden.value.get(alert.key) === alert.state)
    hidden.value = new Map(kept.map((alert) => [alert.key, alert.state]))
  })
  return {
    visible: computed(() => alerts().filter((alert) => !hidden.value.has(alert.key))),
    hide: (alert) => (hidden.value = new Map([...hidden.value, [alert.key, alert.state]])),
    show: (key) => (hidden.value = new Map([...hidden.value].filter(([one]) => one !== key))),
  }
}
