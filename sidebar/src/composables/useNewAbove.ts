import { useParts } from '../parts.ts'

/** Scrolled further than this, the top of the page is out of sight. */
const awayPx = 160

/** Says that something new stands at the top, when she is reading further down. */
export function useNewAbove(): (title: string) => void {
  const { snack } = useParts()
  return (title) => {
    if (window.scrollY < awayPx) return
    snack.say(`新提醒：${title}`, { label: '看看', run: () => window.scrollTo({ top: 0, behavior: 'smooth' }) })
  }
}
