import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import type { CustomerView, TimelineView } from '../../../server/http/contract.ts'
import { useParts } from '../parts.ts'
import { useFresh, type Fresh } from './useFresh.ts'
import { useLive } from './useLive.ts'

/** One customer as the page shows them: kept fresh, told live, with older entries on demand. */
export function useCustomer(id: string): {
  state: ShallowRef<Fresh<CustomerView>>
  reload(): Promise<void>
  older: ComputedRef<boolean>
  loadOlder(): Promise<void>
} {
  const { api, shelf } = useParts()
  const { state, reload, refresh } = useFresh<CustomerView>({
    ask: () => api.customer(id),
    kept: () => shelf.customer(id),
    keep: shelf.keepCustomer,
    drop: () => shelf.dropCustomer(id),
    merge: (shown, next) => ({ ...next, ...joined(shown, next) }),
  })
  const loading = shallowRef(false)

  useLive({
    message(message) {
      if (message.customer === id) refresh()
      // What the device keeps of another customer is no longer true, or was erased.
      else if (message.kind === 'customer') shelf.dropCustomer(message.customer)
    },
    caughtUp: refresh,
  })

  async function loadOlder(): Promise<void> {
    const now = state.value
    if (loading.value || now.kind !== 'ready' || now.view.older === null) return
    loading.value = true
    const answer = await api.customer(id, now.view.older)
    loading.value = false
    const current = state.value
    if (current.kind !== 'ready') return
    if (!answer.ok) {
      state.value = { ...current, trouble: answer.problem }
      return
    }
    const timeline = withoutRepeats([...current.view.timeline, ...answer.value.timeline])
    state.value = { ...current, view: { ...current.view, timeline, older: answer.value.older } }
  }
  const older = computed(() => state.value.kind === 'ready' && state.value.view.older !== null)
  return { state, reload, older, loadOlder }
}

/** The newest page on top of the older ones that are already shown. */
function joined(shown: CustomerView, next: CustomerView): Pick<CustomerView, 'timeline' | 'older'> {
  const end = next.timeline.at(-1)
  const rest = end ? shown.timeline.filter((entry) => entry.at < end.at) : []
  if (rest.length === 0) return { timeline: next.timeline, older: next.older }
  return { timeline: withoutRepeats([...next.timeline, ...rest]), older: shown.older }
}

function withoutRepeats(entries: readonly TimelineView[]): TimelineView[] {
  return [...new Map(entries.map((entry) => [entry.key, entry])).values()]
}
