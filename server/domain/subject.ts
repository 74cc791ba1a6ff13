import type { CustomerEvent, Item } from './event.ts'

/** What an event is about. */
export interface Subject {
  /** Id of the article, item or order, as its source spells it; null when the event is about no object. */
  object: string | null
  /** Other ids of the same object. */
  aliases: readonly string[]
  category: string | null
  title: string | null
}

const nothing: Subject = { object: null, aliases: [], category: null, title: null }

/** The object, its other ids, its category and its title, as far as the event tells them. */
export function subjectOf(event: CustomerEvent): Subject {
  if ('contentId' in event) return { ...nothing, object: event.contentId, title: event.title }
  if ('orderNo' in event) {
    const aliases = event.transactionId ? [event.transactionId] : []
    return { ...nothing, object: event.orderNo, aliases, title: event.items[0]?.title ?? null }
  }
  if ('item' in event && event.item) {
    const { id, aliases = [], category = null, title = null } = event.item
    return { object: id, aliases, category, title }
  }
  return nothing
}

/** The items an event names: one for a mall event, all of a shop order, none for the rest. */
export function itemsOf(event: CustomerEvent): readonly Item[] {
  if ('items' in event) return event.items
  return 'item' in event && event.item ? [event.item] : []
}

/** Every id of an item, its own first. */
export function idsOf(item: { id: string; aliases?: readonly string[] }): readonly string[] {
  return item.aliases ? [item.id, ...item.aliases] : [item.id]
}

/** Whether two lists of ids name one thing: any id of either side matches. */
export function sameThing(a: readonly string[], b: readonly string[]): boolean {
  return a.some((id) => b.includes(id))
}
