const segments = new Intl.Segmenter('zh', { granularity: 'grapheme' })
/** Never at the beginning of a line (clreq 6.1.1). */
const notFirst = /^[，。、；：？！…—·～％）〕】》〉」』”’,.;:?!%)\]}]/u
/** Never at its end. */
const notLast = /[（〔【《〈「『“‘([{]$/u

/** What must stay on one line: a Latin word, a number, or a character with the marks that belong to it. */
function unitsOf(text: string): string[] {
  const units: string[] = []
  for (const { segment } of segments.segment(text)) {
    const last = units.at(-1)
    const isWord = last !== undefined && /[\w'’.-]$/u.test(last) && /^[\w'’.-]/u.test(segment)
    if (last !== undefined && (isWord || notFirst.test(segment) || notLast.test(last))) units[units.length - 1] = last + segment
    else units.push(segment)
  }
  return units
}

/** Breaks a text into at most `most` lines no wider than `width`; what does not fit ends in an ellipsis. Pure. */
export function linesOf(text: string, width: number, most: number, widthOf: (text: string) => number): string[] {
  const lines: string[] = []
  let line = ''
  for (const unit of unitsOf(text.replace(/\s+/g, ' ').trim()).flatMap((one) => (widthOf(one) > width ? [...one] : [one]))) {
    if (line !== '' && widthOf(line + unit) > width) {
      lines.push(line.trimEnd())
      line = unit.trimStart()
    } else line += unit
  }
  if (line.trim() !== '') lines.push(line.trimEnd())
  if (lines.length <= most) return lines
  const last = [...(lines[most - 1] ?? '')]
  while (last.length > 0 && widthOf(`${last.join('')}…`) > width) last.pop()
  return [...lines.slice(0, most - 1), `${last.join('').replace(/[，。、；：\s]+$/u, '')}…`]
}
