import type { Card } from '../../ports/messenger.ts'
import { cut, oneLine } from './card-text.ts'

/** Where a card's link leads, and in which time zone its times are told. */
export interface CardDeps {
  /** Without a trailing slash. */
  publicUrl: string
  /** IANA name, `Asia/Shanghai`. */
  timeZone: string
}

interface Row {
  keyname: string
  value: string
}

/**
 * What document/path/90236 recommends not to exceed (字, 列表长度). Unverified: whether WeCom refuses or shortens what
 * is longer; we never send it.
 */
const limits = { source: 13, title: 26, subTitle: 112, keyname: 5, value: 26, rows: 6 } as const

const dayMs = 24 * 60 * 60 * 1000

/** Twice encoded on its way through the sign-in it must still fit. */
const longestLink = 1000

const source = { desc: '客户动态', desc_color: 0 } as const
const buttons = [
  { text: '跟进中', style: 1, key: 'following' },
  { text: '稍后', style: 2, key: 'later' },
  { text: '没用', style: 2, key: 'not-useful' },
] as const

/** The `template_card` of a card or digest, without anything that depends on when it is printed. */
export function templateCard(card: Card, deps: CardDeps): object {
  return card.kind === 'card' ? alertCard(card, deps) : digestCard(card, deps)
}

function alertCard(card: Extract<Card, { kind: 'card' }>, { publicUrl, timeZone }: CardDeps): object {
  const rows = [...evidenceRows(card, timeZone), ...numbered(card.also, limits.rows - 3, () => '还有')]
  return {
    card_type: 'button_interaction',
    source,
    ...heading(card),
    ...(rows.length > 0 ? { horizontal_content_list: rows } : {}),
    task_id: card.id,
    card_action: { type: 1, url: linkTo(card, publicUrl) },
    button_list: buttons,
  }
}

/** Opens that very alert; a key too long for a link leads to the customer. WeCom takes 2,048 bytes (document/path/90236). */
function linkTo({ externalUserId, alertKey }: Extract<Card, { kind: 'card' }>, publicUrl: string): string {
  const page = `${publicUrl}/sidebar/#/customer/${encodeURIComponent(externalUserId)}`
  // What encodeURIComponent leaves as it is, our own way back from the sign-in does not let through.
  const key = encodeURIComponent(alertKey).replaceAll(/[!'()*~]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
  const whole = `${page}?alert=${key}`
  return whole.length <= longestLink ? whole : page
}

function digestCard(card: Extract<Card, { kind: 'digest' }>, { publicUrl }: CardDeps): object {
  const rows = numbered(card.lines, limits.rows, (index) => String(index + 1))
  return {
    card_type: 'text_notice',
    source,
    ...heading(card),
    ...(rows.length > 0 ? { horizontal_content_list: rows } : {}),
    task_id: card.id,
    card_action: { type: 1, url: `${publicUrl}/sidebar/#/inbox` },
  }
}

/** A title that had to be cut is told in full below it; one with a tail is cut where that begins, and said once. */
function heading({ title, tail }: { title: string; tail?: string }): { main_title: { title: string }; sub_title_text?: string } {
  if (oneLine(title).length <= limits.title) return { main_title: { title: cut(title, limits.title) } }
  const head = tail && title.endsWith(tail) ? title.slice(0, -tail.length).replace(/：$/u, '') : title
  return { main_title: { title: cut(head, limits.title) }, sub_title_text: cut(head === title || !tail ? title : tail, limits.subTitle) }
}

/**
 * 20:31 while all happened on the day on which the phone rings, else the day: a bare time of yesterday would read as
 * today's. 昨天, or 03-02; what all happened on one other day has its time before the words.
 */
function evidenceRows({ evidence, at }: Extract<Card, { kind: 'card' }>, timeZone: string): Row[] {
  const lines = evidence.slice(0, 3)
  const days = new Set(lines.map((line) => localParts(line.at, timeZone).day))
  const today = at ? localParts(at, timeZone).day : [...days][0]
  const names = new Map(at ? [[localParts(at, timeZone).day, '今天'], [localParts(new Date(at.getTime() - dayMs), timeZone).day, '昨天']] : [])
  return lines.map((line) => {
    const { day, time } = localParts(line.at, timeZone)
    const isBare = days.size === 1 && day === today
    const name = isBare ? time : (names.get(day) ?? day)
    return { keyname: cut(name, limits.keyname), value: cut(days.size === 1 && !isBare ? `${time} ${line.text}` : line.text, limits.value) }
  })
}

/** One row a sentence; when they are too many, the last row says how many more there are. */
function numbered(sentences: readonly string[], most: number, keyname: (index: number) => string): Row[] {
  const shown = sentences.length > most ? sentences.slice(0, most - 1) : sentences
  const rows = shown.map((text, index) => ({ keyname: keyname(index), value: cut(text, limits.value) }))
  const more = sentences.length - shown.length
  return more > 0 ? [...rows, { keyname: '还有', value: `${more} 条，点开查看` }] : rows
}

/** `03-02` and `20:31` on the wall of the store. */
function localParts(at: Date, timeZone: string): { day: string; time: string } {
  const words = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at)
  const part = (type: Intl.DateTimeFormatPartTypes) => words.find((word) => word.type === type)?.value ?? ''
  return { day: `${part('month')}-${part('day')}`, time: `${part('hour')}:${part('minute')}` }
}
