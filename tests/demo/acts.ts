import type { MallEvent } from '../fake-tencent/mall.ts'
import { addAccountLine, addLine, type Cast } from './cast.ts'
import type { Act, Product, TillWay } from './contract.ts'
import { pretty, shownMs } from './feed.ts'
import { ownActs } from './own-acts.ts'
import { products, shopNumber } from './seed.ts'
import { sellInStore } from './till.ts'

const fen = (price: number) => `¥${(price / 100).toLocaleString('zh-CN')}`

type Doing = { [Name in Act['act']]: (act: Extract<Act, { act: Name }>) => Promise<unknown> | unknown }

/** What a person at the page can do; each goes the real way, through the stand-in or the beacon. */
export function acting(cast: Cast): (act: Act) => Promise<void> {
  const doing: Doing = {
    ...accountActs(cast),
    ...mallActs(cast),
    ...orderActs(cast),
    ...ownActs(cast),
    ...deskActs(cast),
  }
  return async (act) => {
    const perform = doing[act.act] as ((one: Act) => Promise<unknown>) | undefined
    if (!perform) throw new Error(`unknown act ${String(act.act)}`)
    await perform(act)
    cast.changed()
  }
}

function accountActs(cast: Cast) {
  const { lin } = cast
  return {
    async follow() {
      addAccountLine(cast, { by: 'account', text: '欢迎关注 MIRA，新款和穿搭都在这里。' })
      await lin.follows()
    },
    async unfollow() {
      cast.memory.account.length = 0
      await lin.unfollows()
    },
    async 'tap-menu'({ key }: { key: string }) {
      addAccountLine(cast, { by: 'account', text: `你点了「${key}」`, plain: true })
      await lin.taps(key)
    },
    async 'open-menu-link'({ articleId }: { articleId: string }) {
      const article = cast.memory.articles.find((one) => one.id === articleId)
      if (article) await lin.opensMenuLink(article.url)
    },
    async write({ text }: { text: string }) {
      addAccountLine(cast, { by: 'lin', text })
      await lin.writes(text)
    },
  }
}

function mallActs(cast: Cast) {
  const { memory } = cast
  return {
    view: ({ productId }: { productId: string }) => reportItem(cast, 'view-item', '看了商品', productId),
    favourite: ({ productId }: { productId: string }) => reportItem(cast, 'favourite-item', '收藏', productId),
    async 'put-in'({ productId }: { productId: string }) {
      memory.basket = [...new Set([...memory.basket, productId])]
      await reportItem(cast, 'add-to-cart', '加入购物袋', productId)
    },
    async 'take-out'({ productId }: { productId: string }) {
      memory.basket = memory.basket.filter((one) => one !== productId)
      await reportItem(cast, 'remove-from-cart', '移出购物袋', productId)
    },
    search: ({ text }: { text: string }) => report(cast, { kind: 'search', text }, `搜索「${text}」`),
  }
}

function orderActs(cast: Cast) {
  const { lin, memory } = cast
  const order = (orderNo: string) => memory.orders.find((one) => one.orderNo === orderNo)
  return {
    async order({ productId }: { productId: string }) {
      const { title, price } = product(productId)
      await reportItem(cast, 'checkout', '去结算', productId)
      nextSecond(cast)
      const { orderNo } = await lin.orders([
        { productId: shopNumber(productId), outProductId: productId, title, price },
      ])
      memory.orders.unshift({ orderNo, productId, state: 'unpaid' })
    },
    async pay({ orderNo }: { orderNo: string }) {
      const found = order(orderNo)
      if (!found) return
      found.state = 'paid'
      memory.basket = memory.basket.filter((one) => one !== found.productId)
      nextSecond(cast)
      await lin.pays(orderNo)
    },
    async 'buy-in-store'({ productId, by = 'code' }: { productId: string; by?: TillWay }) {
      memory.basket = memory.basket.filter((one) => one !== productId)
      await sellInStore(cast, product(productId), by)
    },
    async cancel({ orderNo }: { orderNo: string }) {
      const found = order(orderNo)
      if (!found) return
      found.state = 'cancelled'
      await lin.cancels(orderNo)
    },
    async 'ask-refund'({ orderNo }: { orderNo: string }) {
      const found = order(orderNo)
      if (!found) return
      found.state = 'refund-asked'
      found.afterSaleNo = (await lin.asksForRefund(orderNo, { reason: '尺码不合适' })).no
    },
    async 'withdraw-refund'({ orderNo }: { orderNo: string }) {
      const found = order(orderNo)
      if (!found?.afterSaleNo) return
      found.state = 'paid'
      await lin.refundBecomes(found.afterSaleNo, 'USER_CANCELD')
    },
  }
}

function deskActs(cast: Cast) {
  const { memory, desktop, mei, clock } = cast
  return {
    say: ({ chat, by, text }: { chat: string; by: string; text: string }) => addLine(cast, chat, { by, text }),
    share({ friend }: { friend: 'zhou' | 'su' }) {
      if (!memory.share) return
      const { title, url } = memory.share
      addLine(cast, friend, { by: 'lin', text: title, link: { title, url, desc: 'MIRA' } })
      cast.feed.add({ tone: 'quiet', title: '转给了朋友', text: '微信不告诉任何人，朋友打开才算一次' })
    },
    'send-article'({ articleId }: { articleId: string }) {
      const article = memory.articles.find((one) => one.id === articleId)
      if (!article) return
      addLine(cast, 'lin', {
        by: 'mei',
        text: article.title,
        link: { title: article.title, url: article.url, desc: article.summary },
      })
    },
    async 'tap-card'({ msgId, key }: { msgId: string; key: string }) {
      const card = mei.phone.find((one) => one.msgId === msgId)
      if (card) await mei.taps(key, { card })
    },
    async 'open-chat'({ chat }: { chat: string }) {
      // Who looks at figures here has just made them, and will not wait for the night.
      if (chat === 'operator') await cast.count()
      if (chat === 'app') desktop.cardsSeen = mei.phone.length
      desktop.open = chat
      desktop.unread[chat] = 0
    },
    speed: ({ speed }: { speed: number }) => clock.setSpeed(speed),
    jump({ ms }: { ms: number }) {
      clock.jump(ms)
      const words = ms >= 3_600_000 ? `${Math.round(ms / 360_000) / 10} 小时` : `${Math.round(ms / 1000)} 秒`
      cast.feed.add({ tone: 'quiet', title: '时间快进', text: `过了 ${words}` })
    },
  }
}

/** The shop tells whole seconds, the mall milliseconds: without a moment in between, ordering would stand before checkout. */
function nextSecond({ clock }: Cast): void {
  clock.jump(1_000 - (clock.now().getTime() % 1_000))
}

function product(id: string): Product {
  const found = products.find((one) => one.id === id)
  if (!found) throw new Error(`no product ${id}`)
  return found
}

function reportItem(cast: Cast, kind: string, words: string, productId: string): Promise<void> {
  const { id, title, category, price } = product(productId)
  return report(cast, { kind, item: { id, title, category, price } }, `${words} ${title} ${fen(price)}`)
}

/** What the mini-program says about noting, shown when it is opened for the first time. */
async function showNotice({ lin, memory, feed }: Cast): Promise<void> {
  if (memory.told?.includes('mini-program')) return
  const { status, body } = await lin.answersNotice('shown')
  if (status !== 200 && status !== 204) return
  memory.told = [...(memory.told ?? []), 'mini-program']
  feed.add({ tone: 'quiet', title: '小程序显示了告知', text: '会记下什么、给谁看', small: '/beacon/consent · shown', raw: { request: pretty({ answer: 'shown' }), answer: `HTTP ${status}\n${pretty(body)}` } })
}

/** The mini-program's report; signs in again when its session has run out. */
async function report(cast: Cast, event: Omit<MallEvent, 'id' | 'at'>, words: string): Promise<void> {
  const { lin, memory, clock, feed } = cast
  await showNotice(cast)
  memory.lineCount += 1
  const events = [{ id: `mall-${memory.lineCount}`, at: clock.now().getTime(), ...event }]
  let started = performance.now()
  let answer = await lin.reports(events)
  if (answer.status === 401) {
    await lin.startsMallSession()
    started = performance.now()
    answer = await lin.reports(events)
  }
  const raw = { request: pretty({ events }), answer: `HTTP ${answer.status}\n${pretty(answer.body)}` }
  const ms = shownMs(performance.now() - started)
  feed.add({ tone: 'plain', title: '商城上报', text: words, small: `${event.kind} · 1 条`, raw })
  if (answer.status === 200) feed.add({ tone: 'ok', title: '已存，才应答', small: `/beacon · 200 · ${ms}`, raw })
  else feed.add({ tone: 'quiet', title: '没有收下', small: `/beacon · ${answer.status} · ${ms}`, raw })
}
