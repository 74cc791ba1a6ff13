import type { CustomerEvent, EventBody, Item, ItemKind, OrderKind } from '../../server/domain/event.ts'
import type { AppId, Fen, OpenId } from '../../server/domain/ids.ts'

export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/** 2 March 2026, 10:00 in Shanghai: the moment all ages in these tests are counted from. */
export const start = Date.UTC(2026, 2, 2, 2, 0)

let made = 0

/** An event of one customer, `at` ms after `start`; keys rise in the order of making unless given. */
export function eventAt(at: number, body: EventBody, key = `e${String(++made).padStart(6, '0')}`): CustomerEvent {
  const who = { kind: 'openid', appId: 'wx1' as AppId, openId: 'o-lin' as OpenId } as const
  return { key, at: new Date(start + at), who, source: 'beacon', ...body }
}

/** An arrival at an article through a tracked link. */
export function opened(at: number, contentId = 'coat', key?: string): CustomerEvent {
  const body = { kind: 'opened-content', contentId, title: titleOf(contentId), linkOf: null, via: 'oauth', viaShare: false } as const
  return eventAt(at, body, key)
}

/** A friend opened the customer's copy. */
export function shared(at: number, friend: string, contentId = 'coat'): CustomerEvent {
  return eventAt(at, { kind: 'shared-content', contentId, title: titleOf(contentId), friend })
}

/** Something done to an item in the mall. */
export function mall(at: number, kind: ItemKind, item: Partial<Item> | null = {}, key?: string): CustomerEvent {
  return eventAt(at, { kind, item: item && { id: 'i1', ...item }, text: null }, key)
}

/** A step in the life of a shop order. */
export function shopOrder(at: number, kind: OrderKind, items: readonly Item[], amount: number | null = null): CustomerEvent {
  return eventAt(at, { kind, orderNo: 'no-1', amount: amount as Fen | null, items })
}

/** A message written to the Official Account. */
export function wrote(at: number, text: string | null): CustomerEvent {
  return eventAt(at, { kind: 'sent-message', messageType: text === null ? 'image' : 'text', text })
}

function titleOf(contentId: string): string {
  return contentId === 'coat' ? '秋冬大衣怎么选' : `文章 ${contentId}`
}
