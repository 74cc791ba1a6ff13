import { onMounted, onUnmounted, type Ref } from 'vue'

/**
 * What she reads stays where it is when something above it grows. Chromium does this by itself (overflow-anchor);
 * the web views of iPhones do not.
 */
export function useSteadyScroll(above: Readonly<Ref<HTMLElement | null>>): void {
  let observer: ResizeObserver | null = null
  let height: number | null = null

  function grown(entries: ResizeObserverEntry[]): void {
    const next = entries.at(-1)?.contentRect.height ?? 0
    const by = height === null ? 0 : next - height
    height = next
    const bottom = (above.value?.getBoundingClientRect().bottom ?? 0) - by
    if (by !== 0 && bottom <= 0) window.scrollBy(0, by)
  }
  onMounted(() => {
    if (CSS.supports('overflow-anchor', 'auto') || !above.value) return
    observer = new ResizeObserver(grown)
    observer.observe(above.value)
  })
  onUnmounted(() => observer?.disconnect())
}
