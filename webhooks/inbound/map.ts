import type { ItemPaths, Mapping, MoneyPath, Template } from '../../config/inbound-mapping.ts'
import type { Path } from '../../config/inbound-path.ts'
import type { CustomerEvent, EventHead, EvidenceSource, Item, ItemKind } from '../../server/domain/event.ts'
import type { Fen } from '../../server/domain/ids.ts'
import { isReportedOrder, needsItem, type ReportedKind } from '../../server/domain/reported-kinds.ts'
import type { Content } from '../fields.ts'
import { readCount, readMoney, timeReader, type Read } from './readers.ts'
import { elementsOf, firstText, placeText, wantedPlace, type Scope } from './values.ts'
import { readWho } from './who.ts'

/** What one message tells. */
export interface Mapped {
  events: readonly CustomerEvent[]
  /** What is wrong, each with its place: `lines[0].price must be …`. Never a value of the message. */
  problems: readonly string[]
  /** Parts that are no event of ours, and events that name no customer. */
  ignored: number
}

/** Where a message comes from. */
export interface Origin {
  source: string
  webhookId: string
  /** Times further ahead are wrong; null: not looked at. */
  now: Date | null
}

export type Mapper = (content: Content, origin: Origin) => Mapped

/** One event, or why there is none. */
type Outcome = CustomerEvent | { problems: readonly string[] } | null

/** Things that a template reads of one element; problems are collected. */
interface Reading {
  scope: Scope
  problems: string[]
}

const mostItems = 500

/** Makes the reader of one mapping's messages: pure, the same message gives the same events with the same keys. */
export function createMapper(mapping: Mapping): Mapper {
  const source: EvidenceSource = `inbound-${mapping.from}`
  const templates = mapping.events.map((template) => ({ template, readTime: timeReader(template.at) }))

  return (content, origin) => {
    const whole: Scope = { root: content, element: content, at: [] }
    const outcomes = templates.flatMap(({ template, readTime }) =>
      scopesOf(whole, template).map((scope) => ({ template, scope, readTime })),
    )
    const results = outcomes.map(({ template, scope, readTime }, index) =>
      eventOf(template, scope, (text) => readTime(text, origin.now), { ...origin, evidence: source, index }),
    )
    const events = results.filter((result): result is CustomerEvent => result !== null && 'kind' in result)
    const problems = results.flatMap((result) => (result && 'problems' in result ? result.problems : []))
    return { events: withoutRepeats(events), problems: [...new Set(problems)], ignored: results.filter((result) => result === null).length }
  }
}

function scopesOf(whole: Scope, { each }: Template): Scope[] {
  return each ? elementsOf(whole, each) : [whole]
}

type Place = Origin & { evidence: EvidenceSource; index: number }

function eventOf(template: Template, scope: Scope, readTime: (text: string) => Read<Date>, place: Place): Outcome {
  const { when, kind, at, who } = template
  const holds = when.every(({ path, is }) => is.includes(firstText(scope, [path])?.text ?? ''))
  const ours = holds ? kindIn(scope, kind) : null
  if (!ours) return null
  const reading: Reading = { scope, problems: [] }
  const time = wanted(reading, at.path, readTime)
  const named = readWho(scope, who)
  if (named.who === null && named.problems.length === 0) return null
  if (named.who === null) reading.problems.push(...named.problems)
  const body = isReportedOrder(ours) ? orderBody(reading, template, ours) : itemBody(reading, template, ours)
  if (reading.problems.length > 0 || !time || !named.who || !body) return { problems: reading.problems }
  return { key: keyOf(template, scope, ours, place), at: time, who: named.who, source: place.evidence, ...body } as CustomerEvent
}

function kindIn(scope: Scope, kind: Template['kind']): ReportedKind | null {
  if (typeof kind === 'string') return kind
  const theirs = firstText(scope, [kind.path])?.text
  return theirs !== undefined && Object.hasOwn(kind.values, theirs) ? (kind.values[theirs] ?? null) : null
}

/** The sender's own id makes the same event the same under another webhook-id; without one the webhook-id and place do. */
function keyOf({ id }: Template, scope: Scope, kind: ReportedKind, { source, webhookId, index }: Place): EventHead['key'] {
  const own = id ? firstText(scope, id) : null
  return own ? `inbound:${source}:${kind}:${own.text}` : `inbound:${source}:${webhookId}:${index}`
}

function orderBody(reading: Reading, template: Template, kind: ReportedKind) {
  const isReturn = kind === 'returned-in-store'
  const orderNo = wanted(reading, template.orderNo ?? [], idText)
  const amount = template.amount ? money(reading, template.amount, isReturn) : null
  const lines = template.items ? elementsOf(reading.scope, template.items.each).slice(0, mostItems) : []
  const items = lines.flatMap((scope) => itemOf({ ...reading, scope }, template.items as ItemPaths, kind) ?? [])
  return orderNo === null ? null : { kind, orderNo, amount, items }
}

function itemBody(reading: Reading, template: Template, kind: ReportedKind) {
  const { text } = template
  const said = text && 'value' in text ? text.value : firstText(reading.scope, text?.paths ?? [])?.text
  const isAboutItem = template.item && (needsItem(kind) || firstText(reading.scope, template.item.id))
  const item = template.item && isAboutItem ? itemOf(reading, template.item, kind) : null
  return { kind: kind as ItemKind, item, text: said?.slice(0, 2_000) ?? null }
}

/** null: wrong, or a line of an exchange that belongs to the other half. */
function itemOf(reading: Reading, paths: ItemPaths, kind: ReportedKind): Item | null {
  const { scope } = reading
  const count = paths.count ? optional(reading, paths.count, readCount) : null
  if (kind === 'bought-in-store' && count !== null && count < 0) return null
  const id = wanted(reading, paths.id, idText)
  const aliases = paths.aliases.flatMap((path) => firstText(scope, [path])?.text ?? []).filter((alias) => alias !== id && alias.length <= 128)
  const title = firstText(scope, paths.title ?? [])?.text.slice(0, 500)
  const category = firstText(scope, paths.category ?? [])?.text.slice(0, 200)
  const price = paths.price ? money(reading, paths.price, kind === 'returned-in-store') : null
  if (id === null) return null
  return {
    id,
    ...(aliases.length > 0 ? { aliases: [...new Set(aliases)] } : {}),
    ...(title ? { title } : {}),
    ...(category ? { category } : {}),
    ...(price === null ? {} : { price }),
    ...(count ? { count: Math.abs(count) } : {}),
  }
}

function money(reading: Reading, { path, unit }: MoneyPath, signed: boolean): Fen | null {
  return optional(reading, path, (text) => readMoney(text, unit, signed))
}

function idText(text: string): Read<string> {
  return /^[^\p{Cc}\p{Cs}\uFFFD]{1,128}$/u.test(text) ? { value: text } : { problem: 'must be 1 to 128 characters' }
}

/** What must be there. */
function wanted<T>(reading: Reading, paths: readonly Path[], read: (text: string) => Read<T>): T | null {
  const found = firstText(reading.scope, paths)
  if (found) return taken(reading, placeText(found.place), read(found.text))
  reading.problems.push(`${wantedPlace(reading.scope, paths[0])} is missing`)
  return null
}

/** What may be left out, but not wrong. */
function optional<T>(reading: Reading, paths: readonly Path[], read: (text: string) => Read<T>): T | null {
  const found = firstText(reading.scope, paths)
  return found ? taken(reading, placeText(found.place), read(found.text)) : null
}

function taken<T>(reading: Reading, place: string, read: Read<T>): T | null {
  if ('value' in read) return read.value
  reading.problems.push(`${place} ${read.problem}`)
  return null
}

/** One message may tell one thing twice. */
function withoutRepeats(events: readonly CustomerEvent[]): CustomerEvent[] {
  return [...new Map(events.map((event) => [event.key, event])).values()]
}
