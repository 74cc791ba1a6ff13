import { onActivated, onDeactivated } from 'vue'
import { useParts } from '../parts.ts'

/** Scrolled further than this, the top of the page is out of sight. */
const awayPx = 160

/** Says that something new stands at the top, when she is reading further down this page. */
export function useNewAbove(): (title: string) => void {
  const { snack } = useParts()
  let onPage = true
  onActivated(() => (onPage = true))
  onDeactivated(() => (onPage = false))
  return (title) => {
    if (!onPage || window.scrollY < awayPx) return
    snack.say(`新提醒：${title}`, { label: '看看', run: () => window.scrollTo({ top: 0, behavior: 'smooth' }) })
  }
}
