import type { Alert, Message } from '../../server/domain/alert.ts'
import type { CustomerEvent } from '../../server/domain/event.ts'
import type {
  AppId,
  ExternalUserId,
  Fen,
  IdentityKey,
  OpenId,
  UnionId,
} from '../../server/domain/ids.ts'
import { staffId } from '../../server/domain/ids.ts'
import type { ForwardedCallback, ForwardTry } from '../../server/domain/forwarded.ts'
import type { OutgoingWebhook } from '../../server/domain/outgoing.ts'
import type { Note } from '../../server/domain/note.ts'
import type { Payment } from '../../server/domain/payment.ts'
import type { Contact, Follow } from '../../server/domain/person.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import type { StoredSignal } from '../../server/ports/signals.ts'

/** The day on which every sample happens, Beijing time. */
const dayStart = Date.parse('2026-03-02T10:00:00+08:00')

/** So many minutes after ten o'clock. */
export function minute(count: number): Date {
  return new Date(dayStart + count * 60_000)
}

export function hour(count: number): Date {
  return minute(count * 60)
}

export const mei = staffId('Mei')
export const yun = staffId('Yun')
export const lin = 'wm-lin' as ExternalUserId
export const zhou = 'wm-zhou' as ExternalUserId

export function openid(name: string): IdentityKey {
  return `openid:wx-account:o-${name}` as IdentityKey
}

export function unionid(name: string): IdentityKey {
  return `unionid:u-${name}` as IdentityKey
}

export function external(name: string): IdentityKey {
  return `external:wm-${name}` as IdentityKey
}

export function delivery(key: string, over: Partial<Delivery> = {}): Delivery {
  const bytes = new TextEncoder().encode(`<xml><MsgId>${key}</MsgId></xml>`)
  return { channel: 'official-account', account: 'wx-account' as AppId, key, bytes, receivedAt: minute(0), ...over }
}

/** A payment that 林小姐's neighbour was asked for, by link, two hours to go. */
export function payment(id: string, over: Partial<Payment> = {}): Payment {
  return {
    id,
    externalUserId: zhou,
    staffId: mei,
    amount: 268_000 as Fen,
    description: '羊绒大衣',
    itemIds: ['coat'],
    appId: 'wx-account' as AppId,
    way: { kind: 'link', openId: 'o-zhou' as OpenId },
    state: 'open',
    prepayId: 'wx-prepay',
    codeUrl: null,
    createdAt: minute(0),
    expiresAt: minute(120),
    askAt: minute(1),
    asked: 0,
    transactionId: null,
    paidAt: null,
    refunds: [],
    ...over,
  }
}

/** 林小姐 (or whoever is named) opened an article at that moment. */
export function opened(key: string, at: Date, name = 'lin'): CustomerEvent {
  return {
    key,
    at,
    who: { kind: 'openid', appId: 'wx-account' as AppId, openId: `o-${name}` as OpenId },
    source: 'tracked-link',
    kind: 'opened-content',
    contentId: 'c-coat',
    title: '羊绒大衣怎么选',
    linkOf: mei,
    via: 'oauth',
    viaShare: false,
  }
}

/** She put something into the basket, with every field that an item can have. */
export function basket(key: string, at: Date, name = 'lin'): CustomerEvent {
  return {
    key,
    at,
    who: { kind: 'openid', appId: 'wx-mini' as AppId, openId: `m-${name}` as OpenId },
    source: 'beacon',
    kind: 'add-to-cart',
    item: {
      id: '$sku.1',
      aliases: ['10000000000000012345'],
      title: '羊绒大衣',
      category: 'coats',
      price: 299_900 as Fen,
      count: 1,
    },
    text: null,
  }
}

/** What a member wrote down about 林小姐. */
export function note(id: string, over: Partial<Note> = {}): Note {
  return { id, externalUserId: lin, staffId: mei, kind: 'visit', text: '想要驼色', at: minute(0), editedAt: null, reminder: null, ...over }
}

export function follow(name: string, since: Date, over: Partial<Follow> = {}): Follow {
  return {
    staffId: staffId(name),
    userid: name,
    since,
    remark: null,
    contactWay: 'door',
    addWay: 1,
    ended: null,
    ...over,
  }
}

export function contact(id: ExternalUserId, follows: readonly Follow[], over: Partial<Contact> = {}): Contact {
  return {
    externalUserId: id,
    name: '林小姐',
    avatar: null,
    unionId: `u-${id}` as UnionId,
    follows,
    readAt: minute(0),
    ...over,
  }
}

export function signal(key: string, identity: IdentityKey, at: Date, over: Partial<StoredSignal> = {}): StoredSignal {
  return {
    key,
    rule: 'same-article',
    subject: 'c-coat',
    at,
    causeKey: `cause-${key}`,
    eventKeys: ['e1', 'e2', 'e3'],
    identity,
    standing: true,
    because: 'alerted',
    ...over,
  }
}

export function alert(key: string, over: Partial<Alert> = {}): Alert {
  return {
    key,
    rule: 'same-article',
    subject: 'c-coat',
    externalUserId: lin,
    customerName: '林小姐',
    owner: mei,
    tag: '反复看',
    title: '第三次打开《羊绒大衣怎么选》',
    evidence: [{ at: minute(0), text: '打开了《羊绒大衣怎么选》' }],
    openers: ['最近降温了', '新到了几件大衣', '需要我帮您留一件吗'],
    items: ['sku-1'],
    eventKeys: ['e1', 'e2', 'e3'],
    urgency: 'now',
    direct: false,
    rings: true,
    at: minute(0),
    raisedAt: minute(0),
    dueAt: null,
    state: 'queued',
    history: [{ state: 'queued', at: minute(0), reason: 'raised' }],
    messageId: null,
    ...over,
  }
}

export function message(id: string, over: Partial<Message> = {}): Message {
  return {
    id,
    staffId: mei,
    json: '{"touser":"Mei"}',
    alertKeys: ['a1'],
    externalUserIds: [lin],
    kind: 'card',
    state: 'waiting',
    frozenAt: minute(0),
    nextTryAt: minute(0),
    attempts: 0,
    sentAt: null,
    msgId: null,
    responseCode: null,
    update: null,
    note: null,
    ...over,
  }
}

export function webhook(id: string, over: Partial<OutgoingWebhook> = {}): OutgoingWebhook {
  return {
    id,
    target: 'crm',
    event: 'alert',
    externalUserId: lin,
    json: '{"type":"alert.raised"}',
    createdAt: minute(0),
    nextTryAt: minute(0),
    state: 'waiting',
    tries: [],
    ...over,
  }
}

export function forwarded(id: string, over: Partial<ForwardedCallback> = {}): ForwardedCallback {
  const request = { query: 'timestamp=1&nonce=%2B', headers: { 'content-type': 'text/xml', 'wechatpay-serial': 'ABC' }, body: new Uint8Array([0, 255, 60]) }
  return { id, channel: 'wecom', request, createdAt: minute(0), nextTryAt: minute(0), state: 'waiting', tries: [], ...over }
}

export function forwardTry(over: Partial<ForwardTry> = {}): ForwardTry {
  return { at: minute(0), status: 200, problem: null, ms: 12, bytes: 7, wentBack: false, ...over }
}
