import { randomInt } from 'node:crypto'
import type { CallbackKeys, MiniProgramConfig } from '../../config/load.ts'
import { MalformedCallback } from '../../server/domain/errors.ts'
import type { Reply } from '../channel.ts'
import { looksLikeJson, readContent } from '../content.ts'
import { textOf } from '../fields.ts'
import { encryptMessage, signatureOf } from '../message-crypt.ts'

type Part = string | number | boolean | Parts
interface Parts {
  readonly [name: string]: Part
}

const done: Parts = { errcode: 0, errmsg: 'ok' }

/**
 * The three questions of 小程序会员, and the answer to each that does no harm: nobody is a member of ours, an order with
 * a discount may go on, an opened order page is noted. No answer within five seconds, or another one, blocks the order.
 * Source: wechat-shop.md section 3 (doc/store/shop/notify/wxa_callback).
 */
const answers: ReadonlyMap<string, Parts> = new Map([
  ['channels_ec_vip_user_info_get', { ...done, info: { is_vip: false } }],
  ['channels_ec_order_use_vip_discount', { ...done, result: 1 }],
  ['channels_ec_gen_order_info_init', done],
])

/**
 * The answer to a real-time question, in the question's own format; null for anything else. Sealed if so configured:
 * UNCONFIRMED whether secure mode demands it.
 */
export function replyTo(
  bytes: Uint8Array,
  { appId, callback, encryptsAnswers }: Pick<MiniProgramConfig, 'appId' | 'encryptsAnswers'> & { callback: CallbackKeys },
  now: Date,
): Reply | null {
  const answer = answers.get(eventOf(bytes)?.toLowerCase() ?? '')
  if (!answer) return null
  const isJson = looksLikeJson(new TextDecoder().decode(bytes))
  const print = isJson ? JSON.stringify : (parts: Parts) => `<xml>${xmlOf(parts)}</xml>`
  const plain = print(answer)
  const body = encryptsAnswers ? print(sealed(plain, appId, callback, now)) : plain
  return { type: isJson ? 'application/json' : 'text/xml', body }
}

function eventOf(bytes: Uint8Array): string | null {
  try {
    const fields = readContent(bytes)
    return textOf(fields, 'MsgType') === 'event' ? textOf(fields, 'Event') : null
  } catch (error) {
    if (error instanceof MalformedCallback) return null
    throw error
  }
}

/** The envelope of a passive reply in secure mode (official-account.md section 2). */
function sealed(plain: string, appId: string, { token, aesKey }: CallbackKeys, now: Date): Parts {
  const [timestamp, nonce] = [Math.floor(now.getTime() / 1000), String(randomInt(1e9, 1e10))]
  const encrypt = encryptMessage(aesKey, plain, appId)
  return { Encrypt: encrypt, MsgSignature: signatureOf([token, String(timestamp), nonce, encrypt]), TimeStamp: timestamp, Nonce: nonce }
}

function xmlOf(parts: Parts): string {
  return Object.entries(parts)
    .map(([name, part]) => `<${name}>${typeof part === 'object' ? xmlOf(part) : typeof part === 'string' ? `<![CDATA[${part}]]>` : part}</${name}>`)
    .join('')
}
