import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openDemo, type Demo } from './demo.ts'
import { sevenFreePorts } from './free-ports.ts'
import { memoryFile } from './memory.ts'
import { startProduct } from './product.ts'

let dir: string
let port: number
let demo: Demo

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'demo-'))
  port = await sevenFreePorts()
  demo = await open()
})

afterAll(async () => {
  await demo.close()
  await rm(dir, { recursive: true, force: true })
})

const open = () => openDemo({ dir, port, startProduct, changed: () => {} })
const titles = () => demo.state().mei.cards.map((one) => one.title)
const untilTitle = (text: string) =>
  vi.waitFor(() => expect(titles().join()).toContain(text), { timeout: 30_000, interval: 50 })
const browse = (origin: string, address: string) => {
  const { pathname, search } = new URL(address)
  return fetch(origin + pathname + search, { headers: { accept: 'text/html' } })
}

describe('I1: the whole loop without accounts', () => {
  test('it begins with articles, nobody following, and no alert', () => {
    const { articles, lin, mei, steps } = demo.state()
    expect(articles.map((one) => one.title)).toEqual(['秋冬大衣怎么选', '羊绒怎么洗才不缩水', '一周通勤七套搭配'])
    expect(lin.follows).toBe(false)
    expect(mei.cards).toEqual([])
    expect(steps).toEqual([])
  })

  test('A4: who does not follow yet scans the code on the salesperson’s screen, and the payment is told', async () => {
    const { origins, lin } = demo.state()
    const answer = await fetch(`${origins.mei}/api/customers/${lin.externalUserId}/payments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: origins.mei },
      body: JSON.stringify({ amount: 10_000, description: '定金' }),
    })
    expect(answer.status).toBe(201)
    const [code] = demo.state().lin.codes
    expect(code).toMatchObject({ what: '定金', price: 10_000 })
    await demo.act({ act: 'scan-code', url: code?.url ?? '' })
    await untilTitle('付款 ¥100')
    expect(demo.state().lin.codes).toEqual([])
  })

  test('E1 E3: a follow reaches the salesperson’s phone', async () => {
    await demo.act({ act: 'follow' })
    await untilTitle('刚关注了公众号')
    expect(demo.state().steps.map((one) => one.title)).toEqual(
      expect.arrayContaining(['公众号回调', '已存，才应答', '提醒已送达 小梅']),
    )
  })

  test('A5 E1: three opens a minute apart are told, a reload in between does not count', async () => {
    const { origins, articles } = demo.state()
    const url = articles[0]?.url ?? ''
    for (const passes of [0, 20_000, 90_000, 90_000]) {
      await demo.act({ act: 'jump', ms: passes })
      expect((await browse(origins.lin, url)).status).toBe(200)
    }
    await untilTitle('第 3 次读《秋冬大衣怎么选》')
    const words = demo.state().steps.map((one) => one.title)
    expect(words.filter((one) => one === '打开文章')).toHaveLength(3)
    expect(words.filter((one) => one === '太近，不算')).toHaveLength(1)
  })

  test('A6: what she shares is her own copy, and two friends who open it are told', async () => {
    for (const friend of ['zhou', 'su'] as const) {
      await demo.act({ act: 'share', friend })
      const { friends, origins } = demo.state()
      const link = friends.find((one) => one.id === friend)?.lines.at(-1)?.link
      expect(link?.url).toContain('?s=')
      await browse(origins[friend], link?.url ?? '')
    }
    await untilTitle('分享给了 2 位朋友')
  })

  test('A7 E1: a basket is told at once, and again after two hours without an order', async () => {
    await demo.act({ act: 'put-in', productId: 'coat-camel' })
    await untilTitle('加购了羊绒大衣 驼色')
    expect(titles().join()).not.toContain('还没下单')
    await demo.act({ act: 'jump', ms: 7_260_000 })
    await untilTitle('还没下单')
  })

  test('E3 E6: a tap on a card is recorded and the card changes', async () => {
    const card = demo.state().mei.cards[0]
    await demo.act({ act: 'tap-card', msgId: card?.msgId ?? '', key: 'following' })
    await vi.waitFor(() => expect(demo.state().mei.cards[0]?.replacedBy).toBe('跟进中'), { timeout: 30_000 })
  })

  test('A3 E1: an order paid in the shop is told, and it closes what was open about the coat', async () => {
    await demo.act({ act: 'order', productId: 'coat-camel' })
    await demo.act({ act: 'pay', orderNo: demo.state().lin.orders[0]?.orderNo ?? '' })
    await untilTitle('付款 ¥2,680')
    const waiting = () => demo.state().mei.cards.filter((one) => one.title.includes('加购') && !one.replacedBy)
    await vi.waitFor(() => expect(waiting()).toEqual([]), { timeout: 30_000 })
  })

  test('A8 E3: what she buys in the store is reported by its till and closes the basket alert', async () => {
    await demo.act({ act: 'put-in', productId: 'coat-grey' })
    await untilTitle('加购了双面呢大衣 炭灰')
    await demo.act({ act: 'buy-in-store', productId: 'coat-grey' })
    const card = () => demo.state().mei.cards.find((one) => one.title.includes('加购了双面呢大衣 炭灰'))
    await vi.waitFor(() => expect(card()?.replacedBy).toBe('已付款，不用跟进了'), { timeout: 30_000 })
    expect(demo.state().lin.basket).not.toContain('coat-grey')
    expect(demo.state().steps.map((one) => one.title)).toContain('门店收银上报')
  })

  test('every step can be opened, and nothing in it is a secret', () => {
    const { steps } = demo.state()
    const raw = JSON.stringify(steps.map((one) => demo.raw(one.id)))
    expect(raw).toContain('order_id')
    expect(/secret-of-mira|token-(agent|account|shop)-|ticket-agent-/.exec(raw)).toBeNull()
  })

  test('C1 A8 E3: what she buys in a store under the phone she proved, or her member number, closes its basket', async () => {
    for (const productId of ['coat-oat', 'coat-navy']) await demo.act({ act: 'put-in', productId })
    await untilTitle('加购了双排扣大衣 藏青')
    await demo.act({ act: 'prove-phone' })
    await demo.act({ act: 'take-card' })
    await demo.act({ act: 'buy-in-store', productId: 'coat-oat', by: 'phone' })
    await demo.act({ act: 'buy-in-store', productId: 'coat-navy', by: 'member' })
    const answered = (text: string) => demo.state().mei.cards.find((one) => one.title.includes(text))?.replacedBy
    for (const title of ['加购了茧型大衣 燕麦', '加购了双排扣大衣 藏青'])
      await vi.waitFor(() => expect(answered(title)).toBe('已付款，不用跟进了'), { timeout: 30_000 })
    const joined = () => demo.state().steps.filter((one) => one.title === '认作同一个人').map((one) => one.text).join()
    await vi.waitFor(() => expect(joined()).toMatch(/手机号.*会员号|会员号.*手机号/), { timeout: 30_000 })
    expect(demo.state().lin).toMatchObject({ phone: { proved: true }, card: { held: true } })
  })

  test('C4: on her own page she pauses and resumes; the feed and her phone say so', async () => {
    const { origins } = demo.state()
    const page = async () => (await browse(origins.lin, `${origins.lin}/me`)).text()
    const sends = async (action: string) => {
      const proof = /name="proof" value="([^"]+)"/.exec(await page())?.[1] ?? ''
      const headers = { accept: 'text/html', origin: origins.lin }
      return fetch(origins.lin + action, { method: 'POST', headers, body: new URLSearchParams({ proof }) })
    }
    expect((await browse(origins.lin, `${origins.lin}/me`)).headers.get('content-security-policy')).not.toContain('frame-ancestors')
    expect(demo.state().lin.recording).toBe('on')
    await sends('/me/pause')
    expect(demo.state().lin.recording).toBe('paused')
    await sends('/me/resume')
    expect(demo.state().lin.recording).toBe('on')
    const words = demo.state().steps.map((one) => one.title)
    expect(words).toEqual(expect.arrayContaining(['打开我的记录', '暂停记录', '恢复记录']))
  })

  test('our requests were sound: the stand-in refused none of them', () => {
    expect(demo.state().problems).toEqual([])
  })

  test('everything survives a restart, and the clock does not run backwards', async () => {
    const before = demo.state()
    await demo.close()
    demo = await open()
    const after = demo.state()
    const kept = after.steps.map((one) => one.id)
    expect(before.steps.slice(0, 20).every((one) => kept.includes(one.id))).toBe(true)
    expect(after.steps.find((one) => one.hasRaw && demo.raw(one.id) === null)).toBeUndefined()
    expect(after.mei.cards.map((one) => one.title)).toEqual(before.mei.cards.map((one) => one.title))
    expect(after.lin).toEqual(before.lin)
    expect(after.mei.chats.map((one) => one.lines)).toEqual(before.mei.chats.map((one) => one.lines))
    expect(after.now).toBeGreaterThanOrEqual(before.now)
    expect((await browse(after.origins.lin, after.articles[0]?.url ?? '')).status).toBe(200)
  })

  test('E1: either side leaves and comes back, as often as they like', async () => {
    for (const act of ['remove-mei', 'add-mei', 'remove-lin', 'add-mei'] as const) {
      await demo.act({ act })
      expect(demo.state().lin.hasMei).toBe(act === 'add-mei')
    }
    await demo.act({ act: 'unfollow' })
    expect(demo.state().lin.follows).toBe(false)
    await demo.act({ act: 'follow' })
    expect(demo.state().steps.map((one) => one.title)).toContain('也转给原来的客服系统')
    expect(demo.state().problems).toEqual([])
  })

  test('one command empties it', async () => {
    await demo.close()
    memoryFile(dir).forget()
    demo = await open()
    expect(demo.state().mei.cards).toEqual([])
    expect(demo.state().lin.follows).toBe(false)
  })
})
