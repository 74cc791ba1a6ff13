import type { PhoneMessage } from '../fake-tencent/phone.ts'
import type { Cast } from './cast.ts'
import type { CardNote, ChatView, DemoState, PersonName } from './contract.ts'
import { hasMei, memberCard, mineOf, openCodes, phoneNumber } from './own-acts.ts'
import { groupChat, people, products } from './seed.ts'

const shownSteps = 60
const shownCards = 40

/** Before the product has started, and while it starts over. */
export const notReady: DemoState = {
  now: 0,
  speed: 1,
  ready: false,
  origins: { lin: '', zhou: '', su: '', mei: '', office: '' },
  articles: [],
  products: [],
  lin: {
    follows: false,
    account: [],
    basket: [],
    orders: [],
    share: null,
    externalUserId: '',
    hasMei: false,
    recording: 'unseen',
    phone: { number: '', proved: false },
    card: { number: '', held: false },
    codes: [],
  },
  friends: [],
  mei: { chats: [], open: '', cards: [], newCards: 0, clipboard: null, moved: 0 },
  steps: [],
  problems: [],
}

/** What the page shows, as it stands now. */
export function stateOf(cast: Cast, origins: Record<PersonName, string>): DemoState {
  const { memory, clock, tencent, desktop, lin, mei, feed } = cast
  const mine = mineOf(memory)
  return {
    now: clock.now().getTime(),
    speed: clock.speed(),
    ready: true,
    origins,
    articles: memory.articles.map((one) => ({ ...one, cover: one.cover?.replace(cast.productUrl, origins.lin) ?? null })),
    products,
    lin: {
      follows: tencent.world.customers[people.lin.id]?.follows ?? false,
      account: memory.account,
      basket: memory.basket,
      orders: memory.orders,
      share: memory.share,
      externalUserId: lin.externalUserId,
      hasMei: hasMei(cast),
      recording: mine.recording,
      phone: { number: phoneNumber, proved: mine.phone },
      card: { number: memberCard.code, held: mine.card },
      codes: openCodes(cast),
    },
    friends: [chat(cast, people.zhou.id, people.zhou.name, ''), chat(cast, people.su.id, people.su.name, '')],
    mei: {
      chats: [
        chat(cast, people.lin.id, people.lin.name, '@微信'),
        chat(cast, people.wang.id, people.wang.name, '@微信'),
        chat(cast, groupChat.chat, groupChat.name, '外部群'),
        chat(cast, 'team', '静安店小队', '内部群'),
      ],
      open: desktop.open,
      cards: mei.phone.slice(-shownCards).map(cardNote),
      newCards: desktop.open === 'app' ? 0 : mei.phone.slice(desktop.cardsSeen).filter(({ replacedBy }) => replacedBy === null).length,
      clipboard: desktop.clipboard,
      moved: desktop.moved,
    },
    steps: feed.newest(shownSteps),
    problems: [...tencent.problems],
  }
}

function chat({ memory, desktop }: Cast, id: string, name: string, label: string): ChatView {
  return { id, name, label, lines: memory.chats[id] ?? [], unread: desktop.unread[id] ?? 0 }
}

function cardNote({ msgId, kind, title, desc, lines, buttons, replacedBy, url, at }: PhoneMessage): CardNote {
  return { msgId, kind, title, desc, lines: [...lines], buttons: [...buttons], replacedBy, url, at: at.getTime() }
}
