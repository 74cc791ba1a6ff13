import { encrypt, newNonce, sign } from './seal.ts'
import { post, receiverOf, seal, whatOf, type Channel, type Delivering, type Posted } from './post.ts'
import { seconds, type Stage } from './stage.ts'
import { toJson, toXml, type Fields } from './wire-text.ts'

/** Seals one content anew for each delivery and posts them one after another. */
export async function deliver(
  stage: Stage,
  channel: Channel,
  fields: Fields,
  how: Delivering,
  onPosted: (posted: Posted) => void,
): Promise<number[]> {
  const { brand } = stage.desk
  const url = stage.productUrl() + receiverOf(brand, channel).path
  const jsonByDefault = channel === 'wechat-shop' || channel === 'mini-program'
  const content = (how.format ?? (jsonByDefault ? 'json' : 'xml')) === 'json' ? toJson(fields) : toXml(fields)
  const statuses: number[] = []
  for (let left = how.deliveries ?? 1; left > 0; left -= 1) {
    const started = performance.now()
    const { status, answer } = await post(url, seal(brand, channel, fields, how, seconds(stage)))
    onPosted({ channel, content, what: whatOf(fields), status, answer, ms: performance.now() - started })
    statuses.push(status)
  }
  return statuses
}

/**
 * Checks a callback URL as the console does: plain echostr under a 3-part signature, or ciphertext for WeCom.
 * `right`: the answer was the echo, exactly.
 */
export async function verifyUrl(
  stage: Stage,
  channel: Channel,
  forged: boolean,
): Promise<{ status: number; body: string; right: boolean }> {
  const { keys, path, receiveId } = receiverOf(stage.desk.brand, channel)
  const echo = '1616140317555161061'
  const head = { timestamp: String(seconds(stage)), nonce: newNonce() }
  const sealed = channel === 'wecom' ? encrypt(keys.aesKey, echo, receiveId) : echo
  const signed = [forged ? 'SomebodyElsesToken' : keys.token, head.timestamp, head.nonce]
  const query = new URLSearchParams({
    ...head,
    echostr: sealed,
    ...(channel === 'wecom' ? { msg_signature: sign([...signed, sealed]) } : { signature: sign(signed) }),
  })
  const response = await fetch(`${stage.productUrl()}${path}?${query.toString()}`)
  const body = await response.text()
  return { status: response.status, body, right: response.status === 200 && body === echo }
}
