import type { Fact } from '../server/domain/event.ts'
import type { ChannelName, Delivery } from '../server/ports/inbox.ts'
import { parseBeacon } from './beacon/parse.ts'
import { parseLinks } from './links/parse.ts'
import { parseMiniProgram } from './mini-program/parse.ts'
import { parseOfficialAccount } from './official-account/parse.ts'
import { parseShop } from './wechat-shop/parse.ts'
import { parseWeCom } from './wecom/parse.ts'

const parsers: Readonly<Record<ChannelName, (delivery: Delivery) => readonly Fact[]>> = {
  'official-account': parseOfficialAccount,
  wecom: parseWeCom,
  'wechat-shop': parseShop,
  'mini-program': parseMiniProgram,
  links: parseLinks,
  beacon: parseBeacon,
}

/**
 * What a stored delivery tells, in our words. Pure: the same bytes give the same facts with the same keys.
 * @throws MalformedCallback when it cannot be read: to be set aside with its bytes
 */
export function readDelivery(delivery: Delivery): readonly Fact[] {
  return parsers[delivery.channel](delivery)
}
