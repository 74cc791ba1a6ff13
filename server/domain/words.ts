/** Chinese words for numbers, money, lengths of time and titles, as a salesperson would say them. Pure. */

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** ¥2,680, and decimals only where there are some: ¥12.50. `fen` is an integer. */
export function moneyText(fen: number): string {
  const yuan = Math.trunc(Math.abs(fen) / 100)
  const rest = Math.abs(fen) % 100
  const whole = String(yuan).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${fen < 0 ? '-' : ''}¥${whole}${rest > 0 ? `.${String(rest).padStart(2, '0')}` : ''}`
}

/** 45 秒, 4 分 20 秒, 1 小时 5 分. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} 秒`
  if (whole < 3600) return joined(`${Math.floor(whole / 60)} 分`, whole % 60, '秒')
  return joined(`${Math.floor(whole / 3600)} 小时`, Math.floor((whole % 3600) / 60), '分')
}

/** Length of a rule's window: 24 小时, 7 天, 30 分钟. */
export function windowText(ms: number): string {
  if (ms % dayMs === 0 && ms > dayMs) return `${ms / dayMs} 天`
  if (ms % hourMs === 0) return `${ms / hourMs} 小时`
  return ms % minuteMs === 0 ? `${ms / minuteMs} 分钟` : `${Math.round(ms / secondMs)} 秒`
}

/** Cuts at `most` characters (never inside one), with an ellipsis. */
export function shortened(text: string, most: number): string {
  const line = text.replace(/\s+/gu, ' ').trim()
  if (line.length <= most) return line
  // By what people see as one character: an emoji may be several code points.
  const characters = [...new Intl.Segmenter('zh', { granularity: 'grapheme' }).segment(line)].map(({ segment }) => segment)
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join('').trimEnd()}…`
}

/** 《秋冬大衣怎么选》, at most `most` characters inside; no second pair of brackets around a title that has them. */
export function articleText(title: string, most = 20): string {
  return `《${shortened(title.replace(/^《(.*)》$/u, '$1'), most)}》`
}

function joined(first: string, rest: number, unit: string): string {
  return rest > 0 ? `${first} ${rest} ${unit}` : first
}
