const zone = 'Asia/Shanghai'

const parts = (at: number, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('zh-CN', { timeZone: zone, ...options }).format(at)

/** 20:37 */
export const clockTime = (at: number) => parts(at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
/** 3月5日 */
export const dayOf = (at: number) => parts(at, { month: 'long', day: 'numeric' })

/** 今天 20:31, 昨天 20:31, 3月2日 20:31 */
export function chatTime(at: number, now: number): string {
  const day = dayOf(at)
  if (day === dayOf(now)) return `今天 ${clockTime(at)}`
  if (day === dayOf(now - 86_400_000)) return `昨天 ${clockTime(at)}`
  return `${day} ${clockTime(at)}`
}

/** 刚刚, 6 分钟前, 20:31 */
export function ago(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000)
  if (minutes < 1) return '刚刚'
  return minutes < 60 ? `${minutes} 分钟前` : chatTime(at, now)
}

/** 139 1234 5678, 2260 0985 0808 */
export const spaced = (digits: string) => digits.replaceAll(/(\d)(?=(\d{4})+$)/g, '$1 ')

/** ¥2,680 */
export const money = (fen: number) => `¥${(fen / 100).toLocaleString('zh-CN')}`
