import { computed, onUnmounted, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import type { AlertView, InboxView } from '../../../server/http/contract.ts'
import type { InboxFilter, InboxScope } from '../api.ts'
import { useParts } from '../parts.ts'
import { dayName } from '../words.ts'
import { useFresh, type Fresh } from './useFresh.ts'
import { useHidden } from './useHidden.ts'
import { useLive } from './useLive.ts'

export interface AlertGroup {
  title: string
  alerts: AlertView[]
}

const teamEveryMs = 60_000

/** The member's inbox under one filter, in groups, never a flat list. */
export function useAlerts(): {
  state: ShallowRef<Fresh<InboxView>>
  filter: ShallowRef<InboxFilter>
  groups: ComputedRef<AlertGroup[]>
  scope: ShallowRef<InboxScope>
  choose(filter: InboxFilter): void
  look(scope: InboxScope): void
  /** Takes an alert that was just dealt with off the list, or puts it back. */
  hide(alert: AlertView): void
  show(key: string): void
  reload(): Promise<void>
} {
  const { api, shelf, clock } = useParts()
  const filter = shallowRef<InboxFilter>('open')
  const scope = shallowRef<InboxScope>('mine')
  const keeps = () => filter.value === 'open' && scope.value === 'mine'
  const { state, reload, refresh, restart } = useFresh<InboxView>({
    ask: () => api.inbox(filter.value, scope.value),
    kept: () => (keeps() ? shelf.inbox() : null),
    keep: (view) => (keeps() ? shelf.keepInbox(view) : undefined),
  })
  useLive({
    message({ kind, customer }) {
      if (kind === 'customer') shelf.dropCustomer(customer)
      refresh()
    },
    caughtUp: refresh,
  })
  // Nobody tells a manager live about colleagues' alerts.
  const timer = setInterval(() => scope.value === 'team' && refresh(), teamEveryMs)
  onUnmounted(() => clearInterval(timer))

  const listed = computed(() => (state.value.kind === 'ready' ? state.value.view.alerts : []))
  const { visible, hide, show } = useHidden(() => listed.value)
  const groups = computed<AlertGroup[]>(() => {
    if (filter.value === 'open') return byUrgency(visible.value)
    return byDay(visible.value, clock.now.value, clock.zone.value)
  })
  function choose(next: InboxFilter): void {
    if (next === filter.value) return
    filter.value = next
    void restart()
  }
  function look(next: InboxScope): void {
    if (next === scope.value) return
    scope.value = next
    void restart()
  }
  return { state, filter, scope, groups, choose, look, hide, show, reload }
}

/** Whether the alert belongs to those that should be answered first. */
export function isDue(alert: AlertView): boolean {
  return alert.urgency === 'now' && alert.state !== 'snoozed'
}

function byUrgency(alerts: readonly AlertView[]): AlertGroup[] {
  const groups = [
    { title: '现在最该联系', alerts: alerts.filter(isDue) },
    { title: '可以晚一点', alerts: alerts.filter((alert) => !isDue(alert)) },
  ]
  return groups.filter((group) => group.alerts.length > 0)
}

function byDay(alerts: readonly AlertView[], now: number, zone: string): AlertGroup[] {
  const days = new Map<string, AlertView[]>()
  for (const alert of alerts) {
    const day = dayName(alert.at, now, zone)
    days.set(day, [...(days.get(day) ?? []), alert])
  }
  return [...days].map(([title, ofDay]) => ({ title, alerts: ofDay }))
}
