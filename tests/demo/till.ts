import { createHash, createHmac } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Cast } from './cast.ts'
import type { Product, TillWay } from './contract.ts'
import { pretty, shownMs } from './feed.ts'
import { memberCard, phoneNumber } from './own-acts.ts'

/** What the product needs to hear the store's till: its file, and the secret under the name that the file gives. */
export function tillEnv(secret: string): Record<string, string> {
  return { INBOUND_FILE: fileURLToPath(new URL('inbound.json', import.meta.url)), DEMO_TILL_SECRET: `whsec_${keyOf(secret).toString('base64')}` }
}

const ways: Readonly<Record<TillWay, string>> = { code: '出示会员码', phone: '报了手机号', member: '报了会员号' }

/** What the till takes down of who buys. */
function buyer({ lin }: Cast, by: TillWay): object {
  if (by === 'code') return { member_code: { openid: lin.openIds.miniProgram } }
  return { customer: by === 'phone' ? { phone: phoneNumber } : { member_no: memberCard.code } }
}

/** 林小姐 says who she is at the till and pays; the till reports it, signed with code of its own. */
export async function sellInStore(cast: Cast, { id, title, price }: Product, by: TillWay): Promise<void> {
  const { memory, clock, feed, productUrl } = cast
  memory.lineCount += 1
  const yuan = (price / 100).toFixed(2)
  const message = {
    ...buyer(cast, by),
    receipt: {
      no: `S001-${memory.lineCount}`,
      time: clock.now().getTime(),
      total: yuan,
      lines: [{ product_id: id, name: title, price: yuan, quantity: 1 }],
    },
  }
  const started = performance.now()
  const answer = await post(`${productUrl}/webhooks/inbound/till`, JSON.stringify(message), keyOf(memory.secret), clock.now())
  const raw = { request: pretty(message), answer: `HTTP ${answer.status}\n${answer.text}` }
  feed.add({ tone: 'plain', title: '门店收银上报', text: `在门店买了 ${title} ¥${yuan}，${ways[by]}`, small: '签名消息 · 1 条', raw })
  const small = `/webhooks/inbound/till · ${answer.status} · ${shownMs(performance.now() - started)}`
  feed.add(answer.status === 202 ? { tone: 'ok', title: '已存，才应答', small, raw } : { tone: 'quiet', title: '没有收下', small, raw })
}

async function post(url: string, body: string, key: Buffer, now: Date): Promise<{ status: number; text: string }> {
  const id = `till_${createHash('sha256').update(body).digest('hex').slice(0, 24)}`
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
  const answer = await fetch(url, { method: 'POST', headers, body })
  return { status: answer.status, text: await answer.text() }
}

function keyOf(secret: string): Buffer {
  return createHash('sha256').update(`till ${secret}`).digest()
}
