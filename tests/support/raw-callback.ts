import { receiverOf, seal, type Channel } from '../fake-tencent/post.ts'
import type { Fields } from '../fake-tencent/wire-text.ts'
import type { TestBrand } from './open-brand.ts'

/** One callback of our own making, sealed as Tencent does, with what exactly went over the wire. */
export async function deliverRaw(brand: TestBrand, channel: Channel, fields: Fields) {
  const atSeconds = Math.floor(brand.clock.now().getTime() / 1000)
  const whole = { ToUserName: receiverOf(brand.tencent.brand, channel).toUserName, FromUserName: 'o-raw', CreateTime: atSeconds, ...fields }
  const { query, body, type } = seal(brand.tencent.brand, channel, whole, {}, atSeconds)
  const response = await fetch(`${brand.url}${receiverOf(brand.tencent.brand, channel).path}?${query.toString()}`, {
    method: 'POST',
    headers: { 'content-type': type, 'user-agent': 'Mozilla/4.0', cookie: 'not=ours' },
    body,
  })
  return { query: query.toString(), body, status: response.status, answer: await response.text() }
}
