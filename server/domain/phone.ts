import type { Tagged } from './ids.ts'

/** A mobile number in E.164, `+8613800138000`. In memory only: what is stored or logged is its keyed hash. */
export type Phone = Tagged<string, 'Phone'>
/** A member number as every system of the brand spells it, `VIP-0042`. In memory only, as a phone is. */
export type MemberNumber = Tagged<string, 'MemberNumber'>

/** +86 is written in many ways, or not at all. */
const chineseMobile = /^(?:\+?86|0086)?(1[3-9]\d{9})$/
const foreign = /^(?:\+|00)([1-9]\d{7,14})$/

/**
 * The same number whoever wrote it: `138 0013 8000`, `+86-138-0013-8000` and `８６１３８…` are one. A landline, a masked
 * number (`138****8000`) and anything else is null: it may be anybody's.
 */
export function normalisePhone(text: string): Phone | null {
  const digits = text.normalize('NFKC').replaceAll(/[\s().-]/gu, '')
  const chinese = chineseMobile.exec(digits)?.[1]
  if (chinese) return `+86${chinese}` as Phone
  const other = foreign.exec(digits)?.[1]
  return other && !other.startsWith('86') ? (`+${other}` as Phone) : null
}

/** Half width, capitals, no spaces; leading zeros stay. null: empty, masked, or no number that a card could carry. */
export function normaliseMemberNumber(text: string): MemberNumber | null {
  const number = text.normalize('NFKC').replaceAll(/\s/gu, '').toUpperCase()
  return /^[0-9A-Z][0-9A-Z_-]{2,63}$/.test(number) ? (number as MemberNumber) : null
}

/** Mobile numbers inside other text, however spaced. Digits on either side make it another number. */
const phoneInText = /(?<!\d)(?:(?:\+|00)?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)/g

/** The text with `[phone]` in place of each Chinese mobile number. */
export function withoutPhones(text: string): string {
  return text.replaceAll(phoneInText, '[phone]')
}
