import { MalformedCallback } from '../../server/domain/errors.ts'
import type { CustomerEvent, Fact } from '../../server/domain/event.ts'
import type { AppId, Fen, Identity, OpenId } from '../../server/domain/ids.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { readContent } from '../content.ts'
import { isFields, listOf, partsOf, textOf, type Fields } from '../fields.ts'
import { nothing, required } from '../message-head.ts'
import { paymentKey } from './delivery.ts'

/** A payment that was refunded later was paid all the same. */
const paidStates: ReadonlySet<string> = new Set(['SUCCESS', 'REFUND'])

const refundKinds = { SUCCESS: 'refunded', ABNORMAL: 'refund-failed', CLOSED: 'refund-failed' } as const

/**
 * What one notification tells: a payment, the parts of a combined one, or a refund; all else is kept unrecognised.
 * Source: wechat-pay.md sections 1 and 4.
 * @throws MalformedCallback
 */
export function parsePay(delivery: Delivery): readonly Fact[] {
  const envelope = readContent(delivery.bytes)
  const type = required(envelope, 'event_type')
  const isPayment = type === 'TRANSACTION.SUCCESS'
  if (!isPayment && !type.startsWith('REFUND.')) return nothing(...type.split('.'))
  const resource = readContent(Buffer.from(required(envelope, 'resource')))
  if (!isPayment) return [refundFact(resource, envelope, delivery)]
  const parts = listOf(resource, 'sub_orders').filter(isFields)
  return parts.length > 0
    ? parts.flatMap((part) => combinedPart(part, resource, delivery))
    : payment(resource, delivery)
}

function payment(resource: Fields, delivery: Delivery): readonly Fact[] {
  const state = required(resource, 'trade_state')
  if (!paidStates.has(state)) return nothing('TRANSACTION', state)
  const who = payerOf(resource, partsOf(resource, 'payer'))
  return who
    ? [paidFact(delivery, who, resource, fen(partsOf(resource, 'amount'), 'total'), resource)]
    : nothing('TRANSACTION', 'nobody')
}

/** Several orders paid at once: one of them, with the payer of the whole. */
function combinedPart(part: Fields, whole: Fields, delivery: Delivery): readonly Fact[] {
  const state = required(part, 'trade_state')
  const who = payerOf(whole, partsOf(whole, 'combine_payer_info'))
  if (!paidStates.has(state) || !who) return nothing('TRANSACTION', state)
  return [paidFact(delivery, who, part, fen(partsOf(part, 'amount'), 'total_amount'), part)]
}

/** An openid belongs to the appid beside it; with a service provider there are two pairs, the brand's own first. */
function payerOf(resource: Fields, payer: Fields | null): Identity | null {
  if (payer === null) return null
  const pairs = [
    ['appid', 'openid'],
    ['combine_appid', 'openid'],
    ['sub_appid', 'sub_openid'],
    ['sp_appid', 'sp_openid'],
  ] as const
  for (const [app, user] of pairs) {
    const [appId, openId] = [textOf(resource, app), textOf(payer, user)]
    if (appId && openId) return { kind: 'openid', appId: appId as AppId, openId: openId as OpenId }
  }
  return null
}

function paidFact(delivery: Delivery, who: Identity, numbers: Fields, amount: Fen, times: Fields): Fact {
  const transactionId = number(numbers, 'transaction_id')
  const event: CustomerEvent = {
    key: eventKeyOf(delivery, transactionId),
    at: time(times, 'success_time') ?? missing('success_time'),
    who,
    source: 'wechat-pay',
    kind: 'paid',
    orderNo: number(numbers, 'out_trade_no'),
    transactionId,
    amount,
    items: [],
  }
  return { about: 'customer', event }
}

function refundFact(resource: Fields, envelope: Fields, delivery: Delivery): Fact {
  const status = required(resource, 'refund_status')
  const kind = Object.hasOwn(refundKinds, status) ? refundKinds[status as keyof typeof refundKinds] : null
  if (kind === null) throw new MalformedCallback('refund_status is none that we know')
  const [transactionId, refundId] = [number(resource, 'transaction_id'), number(resource, 'refund_id')]
  const refund = {
    key: `${delivery.channel}:${delivery.account}:${delivery.key}`,
    at: time(resource, 'success_time') ?? time(envelope, 'create_time') ?? delivery.receivedAt,
    kind,
    paymentKey: eventKeyOf(delivery, transactionId),
    refundId,
    orderNo: number(resource, 'out_trade_no'),
    transactionId,
    amount: fen(partsOf(resource, 'amount'), 'refund'),
  }
  return { about: 'refund', refund }
}

function eventKeyOf({ channel, account }: Delivery, transactionId: string): string {
  return `${channel}:${account}:${paymentKey(transactionId)}`
}

/** out_trade_no, transaction_id, refund_id: at most 32 characters, never numbers to us. @throws MalformedCallback */
function number(fields: Fields, name: string): string {
  const text = required(fields, name)
  if (!/^[\w|*-]{1,32}$/.test(text)) throw new MalformedCallback(`${name} is not a number`)
  return text
}

/** Whole fen; money of another currency is not ours to read. @throws MalformedCallback */
function fen(amount: Fields | null, name: string): Fen {
  const [text, currency] = amount ? [textOf(amount, name), textOf(amount, 'currency')] : [null, null]
  if (!text || !/^\d{1,15}$/.test(text)) throw new MalformedCallback(`amount.${name} is no amount`)
  if (currency !== null && currency !== 'CNY') throw new MalformedCallback('amount.currency is not CNY')
  return Number(text) as Fen
}

/** RFC 3339 with an offset, perhaps with milliseconds; null for any other spelling. */
function time(fields: Fields, name: string): Date | null {
  const text = textOf(fields, name)
  if (!text || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) return null
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? null : at
}

function missing(name: string): never {
  throw new MalformedCallback(`${name} is missing`)
}
