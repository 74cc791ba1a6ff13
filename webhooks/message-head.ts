import { MalformedCallback } from '../server/domain/errors.ts'
import type { EventHead, Fact } from '../server/domain/event.ts'
import type { AppId, Identity, OpenId } from '../server/domain/ids.ts'
import type { Delivery } from '../server/ports/inbox.ts'
import { textOf, type Fields } from './fields.ts'

/** Stable across resends, since the delivery's key is; the same event key for ever. */
export function eventKey(delivery: Delivery): string {
  return `${delivery.channel}:${delivery.account}:${delivery.key}`
}

/** @throws MalformedCallback when the field is absent or empty; the reason names the field, never a value */
export function required(fields: Fields, name: string): string {
  const text = textOf(fields, name)
  if (text === null) throw new MalformedCallback(`${name} is missing`)
  return text
}

/** A time that Tencent writes as seconds since 1970, quoted or not; null when it is none. */
export function secondsToDate(text: string | null): Date | null {
  return text !== null && /^[1-9]\d{0,11}$/.test(text) ? new Date(Number(text) * 1000) : null
}

/** CreateTime. @throws MalformedCallback */
export function createdAt(fields: Fields): Date {
  const at = secondsToDate(required(fields, 'CreateTime'))
  if (at === null) throw new MalformedCallback('CreateTime is not a time in seconds')
  return at
}

/** Head of an event whose FromUserName is a user of the receiving app. @throws MalformedCallback */
export function headOfAppUser(
  fields: Fields,
  delivery: Delivery,
  source: 'official-account' | 'wechat-shop' | 'mini-program',
): EventHead & { who: Identity & { kind: 'openid' } } {
  return {
    key: eventKey(delivery),
    at: createdAt(fields),
    who: {
      kind: 'openid',
      appId: delivery.account as AppId,
      openId: required(fields, 'FromUserName') as OpenId,
    },
    source,
  }
}

/** What we have no use for; `what` is the platform's own name of it, cut to what such names consist of. */
export function nothing(...what: readonly string[]): readonly Fact[] {
  const names = what.map((name) => name.replaceAll(/[^\w ]/g, '').slice(0, 64))
  return [{ about: 'nothing', reason: names.join('.') }]
}

/** What kind of message it is, for messages that we only name. @throws MalformedCallback without MsgType or Event */
export function unrecognised(fields: Fields): readonly Fact[] {
  const type = required(fields, 'MsgType')
  return type === 'event' ? nothing(required(fields, 'Event')) : nothing('message', type)
}
