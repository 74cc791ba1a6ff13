import type { Demo } from './use-demo.ts'
import type { Owner, Stage } from './use-stage.ts'

interface Telling {
  demo: Demo
  stage: Stage
  pause(ms: number): Promise<void>
  until(test: () => boolean, ms?: number): Promise<boolean>
}

interface Chapter {
  title: string
  english: string
  tell(told: Telling): Promise<void>
}

const cards = ({ demo }: Telling) => demo.state.value?.mei.cards.length ?? 0
const opens = ({ demo }: Telling) =>
  (demo.state.value?.steps ?? []).filter((one) => ['打开文章', '太近，不算', '朋友打开了分享'].includes(one.title))
    .length

/** Does something, then waits until a further card lies on the salesperson's phone. */
async function untilTold(told: Telling, act: () => Promise<unknown>): Promise<void> {
  const before = cards(told)
  await act()
  await told.until(() => cards(told) > before)
  told.stage.look('chat')
  await told.pause(3_200)
}

async function reads(told: Telling, url: string): Promise<void> {
  const before = opens(told)
  told.stage.read(url)
  await told.until(() => opens(told) > before, 8_000)
}

async function friendOpens(told: Telling, friend: Exclude<Owner, 'lin'>): Promise<void> {
  const { demo, stage, pause } = told
  stage.start('lin', { at: 'chat', chat: friend })
  await demo.act({ act: 'share', friend })
  await pause(1_200)
  const line = demo.state.value?.friends.find((one) => one.id === friend)?.lines.at(-1)
  if (!line?.link) return
  stage.start(friend)
  await pause(1_200)
  await reads(told, line.link.url)
  await pause(1_200)
}

/** The seed scenario: each chapter ends with what the salesperson hears of it. */
export const chapters: readonly Chapter[] = [
  {
    title: '关注公众号',
    english: 'Follows',
    async tell(told) {
      const { demo, stage, pause } = told
      stage.start('lin', { at: 'account' })
      await pause(1_000)
      if (demo.state.value?.lin.follows) return
      await untilTold(told, () => demo.act({ act: 'follow' }))
    },
  },
  {
    title: '读文章 ×3',
    english: 'Reads × 3',
    async tell(told) {
      const { demo, stage, pause } = told
      const article = demo.state.value?.articles[0]
      if (!article) return
      stage.start('lin', { at: 'articles' })
      await pause(900)
      await reads(told, article.url)
      await pause(1_800)
      await reads(told, article.url)
      await pause(1_500)
      await demo.act({ act: 'jump', ms: 90_000 })
      await reads(told, article.url)
      await pause(1_500)
      await demo.act({ act: 'jump', ms: 90_000 })
      await untilTold(told, () => reads(told, article.url))
    },
  },
  {
    title: '分享给朋友',
    english: 'Shares',
    async tell(told) {
      await friendOpens(told, 'zhou')
      await untilTold(told, () => friendOpens(told, 'su'))
    },
  },
  {
    title: '加购',
    english: 'Basket',
    async tell(told) {
      const { demo, stage, pause } = told
      stage.start('lin', { at: 'mall' })
      await pause(900)
      stage.go({ at: 'product', id: 'coat-camel' })
      await pause(1_400)
      await untilTold(told, () => demo.act({ act: 'put-in', productId: 'coat-camel' }))
    },
  },
  {
    title: '2 小时未下单',
    english: '2 h, no order',
    tell: (told) => untilTold(told, () => told.demo.act({ act: 'jump', ms: 2 * 3_600_000 + 60_000 })),
  },
  {
    title: '聊天里下单',
    english: 'Orders in chat',
    async tell(told) {
      const { demo, stage, pause, until } = told
      stage.start('lin', { at: 'chat', chat: 'lin' })
      await demo.act({ act: 'open-chat', chat: 'lin' })
      stage.show('/sidebar/')
      stage.look('page')
      const lines = () => demo.state.value?.mei.chats.find((one) => one.id === 'lin')?.lines.length ?? 0
      const before = lines()
      for (let tries = 0; tries < 10 && !(await tapInSidebar('发送这句')); tries += 1) await pause(1_000)
      await until(() => lines() > before, 8_000)
      stage.look('chat')
      await pause(1_600)
      await demo.act({ act: 'say', chat: 'lin', by: 'lin', text: '好呀，帮我留一件，我直接下单～' })
      await pause(1_200)
      stage.start('lin', { at: 'mall' }, { at: 'basket' })
      await demo.act({ act: 'order', productId: 'coat-camel' })
      await pause(1_400)
      const order = demo.state.value?.lin.orders.find((one) => one.state === 'unpaid')
      if (order) await untilTold(told, () => demo.act({ act: 'pay', orderNo: order.orderNo }))
    },
  },
]

/** The frame is another origin: its host is asked to tap the button, as a finger would. False: no such button yet. */
function tapInSidebar(text: string): Promise<boolean> {
  const frame = document.querySelector<HTMLIFrameElement>('iframe[data-host]')
  const view = frame?.contentWindow
  if (!frame || !view) return Promise.resolve(false)
  return new Promise((resolve) => {
    const answered = (event: MessageEvent<{ tapped?: boolean }>) => {
      if (event.source === view) finish(event.data.tapped === true)
    }
    const finish = (tapped: boolean) => {
      clearTimeout(patience)
      window.removeEventListener('message', answered)
      resolve(tapped)
    }
    const patience = setTimeout(() => finish(false), 500)
    window.addEventListener('message', answered)
    view.postMessage({ tap: text }, new URL(frame.src).origin)
  })
}
