import type { ShopConfig } from '../../config/load.ts'
import type { Channel } from '../channel.ts'
import { answerPlainUrlCheck, openSealed } from '../envelope.ts'

/**
 * Callbacks of the WeChat shop: the Official Account's envelope under the shop's own keys, always secure.
 * Source: wechat-shop.md section 2.
 */
export function shopChannel({ appId, callback }: Pick<ShopConfig, 'appId' | 'callback'>): Channel {
  return {
    name: 'wechat-shop',
    account: appId,
    ack: 'success',
    answerUrlCheck: (query) => answerPlainUrlCheck(query, callback),
    open: (body, query) => openSealed(body, query, callback, appId),
  }
}
