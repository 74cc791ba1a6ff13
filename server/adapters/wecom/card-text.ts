const graphemes = new Intl.Segmenter('zh', { granularity: 'grapheme' })

/** One line of plain text: control characters and halves of surrogate pairs are gone, runs of space are one. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/\p{Cs}/gu, '')
    .trim()
}

/**
 * At most `limit` UTF-16 units, `…` included, never through an emoji or an accent. WeCom counts 字 without saying
 * which unit; this is the smallest budget of the possible ones.
 */
export function cut(text: string, limit: number): string {
  const line = oneLine(text)
  if (line.length <= limit) return line
  let kept = ''
  for (const { segment } of graphemes.segment(line)) {
    if (kept.length + segment.length > limit - 1) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}
