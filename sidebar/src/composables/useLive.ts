import { onMounted, onUnmounted } from 'vue'
import type { LiveListener } from '../live.ts'
import { useParts } from '../parts.ts'

/** Hears of every change while the page is open. */
export function useLive(listener: LiveListener): void {
  const { live } = useParts()
  let stop: (() => void) | null = null
  onMounted(() => (stop = live.listen(listener)))
  onUnmounted(() => stop?.())
}
