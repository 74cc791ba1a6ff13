const SHORT = 48

/** Writes a text as UTF-8, where there is room for three bytes a unit; gives its end. Short ASCII is quicker copied than handed over. */
export function writeText(out: Buffer, start: number, text: string): number {
  if (text.length > SHORT) return start + out.write(text, start)
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit > 127) return start + out.write(text, start)
    out[start + index] = unit
  }
  return start + text.length
}
