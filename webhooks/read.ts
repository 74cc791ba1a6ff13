import type { Fact } from '../server/domain/event.ts'
import type { ChannelName, Delivery } from '../server/ports/inbox.ts'
import { parseBeacon } from './beacon/parse.ts'
import { parseInbound } from './inbound/parse.ts'
import type { InboundSources } from './inbound/sources.ts'
import { parseLinks } from './links/parse.ts'
import { parseMiniProgram } from './mini-program/parse.ts'
import { isListedFollowDelivery, parseListedFollow } from './official-account/listed.ts'
import { parseOfficialAccount } from './official-account/parse.ts'
import { parseShop } from './wechat-shop/parse.ts'
import { parseReconciled } from './wechat-shop/reconciled.ts'
import { parsePay } from './wechat-pay/parse.ts'
import { parseWeCom } from './wecom/parse.ts'

const parsers: Readonly<Record<Exclude<ChannelName, 'inbound'>, (delivery: Delivery) => readonly Fact[]>> = {
  'official-account': parseOfficialAccount,
  wecom: parseWeCom,
  'wechat-shop': parseShop,
  reconciled: (delivery) => (isListedFollowDelivery(delivery) ? parseListedFollow(delivery) : parseReconciled(delivery)),
  'mini-program': parseMiniProgram,
  'wechat-pay': parsePay,
  links: parseLinks,
  beacon: parseBeacon,
}

/** Reads a stored delivery. @throws MalformedCallback when it cannot be read: to be set aside with its bytes */
export type ReadDelivery = (delivery: Delivery) => readonly Fact[]

/**
 * What a stored delivery tells, in our words; what other systems told is read by the mapping that `inbound` has now.
 * Pure: the same bytes give the same facts with the same keys.
 */
export function deliveryReader(inbound: InboundSources): ReadDelivery {
  return (delivery) => {
    const { channel } = delivery
    return channel === 'inbound' ? parseInbound(delivery, inbound) : parsers[channel](delivery)
  }
}
