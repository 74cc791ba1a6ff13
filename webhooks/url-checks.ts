import { randomBytes } from 'node:crypto'
import type { CallbackKeys, Config } from '../config/load.ts'
import { encryptMessage, signatureOf } from './message-crypt.ts'

/** What a console asks of a callback address before it saves it, and the only answer that it takes. */
export interface UrlCheck {
  channel: string
  pathAndQuery: string
  expects: string
}

type CallbackConfig = Pick<Config, 'weCom' | 'officialAccount' | 'shop' | 'miniProgram'>

/**
 * The checks of every configured callback, as the consoles make them: WeCom's echo is sealed, the others' is plain.
 * Source: wecom-callback.md section 2, official-account.md section 1.
 */
export function urlChecks({ weCom, officialAccount, shop, miniProgram }: CallbackConfig, now: Date): readonly UrlCheck[] {
  const plain = [
    ['official-account', officialAccount?.appId, officialAccount?.callback],
    ['wechat-shop', shop?.appId, shop?.callback],
    ['mini-program', miniProgram?.appId, miniProgram?.callback],
  ] as const
  return [
    sealedCheck(weCom.corpId, weCom.callback, now),
    ...plain.flatMap(([channel, account, keys]) => (account && keys ? [plainCheck(channel, account, keys, now)] : [])),
  ]
}

function sealedCheck(corpId: string, { token, aesKey }: CallbackKeys, now: Date): UrlCheck {
  const { echo, ...head } = headOf(now)
  const sealed = encryptMessage(aesKey, echo, corpId)
  const signature = signatureOf([token, head.timestamp, head.nonce, sealed])
  const query = new URLSearchParams({ msg_signature: signature, ...head, echostr: sealed })
  return { channel: 'wecom', pathAndQuery: `/webhooks/wecom/${corpId}?${query.toString()}`, expects: echo }
}

function plainCheck(channel: string, account: string, { token }: CallbackKeys, now: Date): UrlCheck {
  const { echo, ...head } = headOf(now)
  const query = new URLSearchParams({ signature: signatureOf([token, head.timestamp, head.nonce]), ...head, echostr: echo })
  return { channel, pathAndQuery: `/webhooks/${channel}/${account}?${query.toString()}`, expects: echo }
}

/** The echo is digits, as the consoles' is. */
function headOf(now: Date) {
  const timestamp = String(Math.floor(now.getTime() / 1000))
  return { timestamp, nonce: randomBytes(8).toString('hex'), echo: BigInt(`0x${randomBytes(8).toString('hex')}`).toString() }
}
