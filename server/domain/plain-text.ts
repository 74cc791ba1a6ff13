/** Text for comparing: full and half width, case and spaces make no difference. */
export function plainText(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, '')
}
