import { readFileSync } from 'node:fs'
import type { FakeTencent } from '../fake-tencent/main.ts'
import type { ChatLine, Product } from './contract.ts'

const dayMs = 86_400_000
const minuteMs = 60_000

/** Shanghai is eight hours ahead, all year. */
const beijingMs = 8 * 3_600_000
const evening = { hour: 18, minute: 20 }

/** How far ahead of the machine the first run begins: early evening of the brand's day, so that two hours later it is still today. */
export function firstOffsetMs(machineMs: number): number {
  const sinceMidnight = (machineMs + beijingMs) % dayMs
  const wanted = evening.hour * 3_600_000 + evening.minute * minuteMs
  return (wanted - sinceMidnight + dayMs) % dayMs
}

/** Who lives in the demo. 林小姐 is already 小梅's customer; she has not followed the account yet. */
export const people = {
  mei: { userid: 'mei', name: '小梅' },
  chen: { userid: 'chenjing', name: '陈静' },
  office: { userid: 'yunying', name: '运营' },
  lin: { id: 'lin', name: '林小姐' },
  wang: { id: 'wang', name: '王女士' },
  he: { id: 'he', name: '何先生' },
  zhou: { id: 'zhou', name: '周先生' },
  su: { id: 'su', name: '苏苏' },
} as const

/** What the brand sells; the shop knows the same things under numbers. */
export const products: Product[] = [
  {
    id: 'coat-camel',
    title: '羊绒大衣 驼色',
    colour: '驼色',
    category: '大衣',
    price: 268_000,
    hues: ['#d9b48a', '#8a5a3a'],
  },
  {
    id: 'coat-grey',
    title: '双面呢大衣 炭灰',
    colour: '炭灰',
    category: '大衣',
    price: 229_000,
    hues: ['#9aa0a8', '#3f444c'],
  },
  {
    id: 'coat-oat',
    title: '茧型大衣 燕麦',
    colour: '燕麦',
    category: '大衣',
    price: 198_000,
    hues: ['#efe3cd', '#bfa57c'],
  },
  {
    id: 'coat-navy',
    title: '双排扣大衣 藏青',
    colour: '藏青',
    category: '大衣',
    price: 246_000,
    hues: ['#5b73a8', '#1c2b52'],
  },
  {
    id: 'coat-wine',
    title: '直筒大衣 酒红',
    colour: '酒红',
    category: '大衣',
    price: 218_000,
    hues: ['#b8626b', '#5c1f2b'],
  },
  {
    id: 'knit-white',
    title: '羊绒高领衫 米白',
    colour: '米白',
    category: '针织',
    price: 89_000,
    hues: ['#f7f1e6', '#d5c7ae'],
  },
]

/** Number under which the shop sells a product. */
export function shopNumber(productId: string): string {
  return String(10_000_000_001 + products.findIndex((one) => one.id === productId))
}

const articleFiles = [
  { key: 'coats', summary: '料子、版型、颜色，三件事想清楚' },
  { key: 'cashmere', summary: '怕的不是水，是高温和揉搓' },
  { key: 'week', summary: '两件外套，穿出七天' },
] as const

/** Articles as Markdown, first heading = title. */
export function articles(): { key: string; title: string; summary: string; markdown: string }[] {
  return articleFiles.map(({ key, summary }) => {
    const markdown = readFileSync(new URL(`articles/${key}.md`, import.meta.url), 'utf8')
    return { key, summary, markdown, title: /^# (.+)$/m.exec(markdown)?.[1] ?? key }
  })
}

/** Tags of the company, to be given in the sidebar. */
const tagGroups = [
  { id: 'etLEVEL', name: '会员等级', order: 2, tags: [{ id: 'etGOLD', name: '金卡', order: 2 }, { id: 'etSILVER', name: '银卡', order: 1 }] },
  { id: 'etSTYLE', name: '风格', order: 1, tags: [{ id: 'etCALM', name: '通勤', order: 2 }, { id: 'etSWEET', name: '甜美', order: 1 }] },
]

/** Members and customers, and who has whom. Existing relations are read by the product itself, without a callback. */
export async function populate(tencent: FakeTencent, now: Date): Promise<void> {
  const mei = tencent.staff(people.mei.userid, { name: people.mei.name })
  const chen = tencent.staff(people.chen.userid, { name: people.chen.name })
  tencent.staff(people.office.userid, { name: people.office.name, contacts: false })
  for (const { id, name } of [people.zhou, people.su]) tencent.customer(id, { name })
  for (const group of tagGroups) await tencent.tagGroup(group)
  const ago = (days: number) => ({ deliveries: 0, at: new Date(now.getTime() - days * dayMs) })
  await mei.adds(tencent.customer('lin', { name: people.lin.name }), { ...ago(3), state: '静安店' })
  await mei.adds(tencent.customer('wang', { name: people.wang.name }), ago(12))
  await chen.adds(tencent.customer('he', { name: people.he.name }), ago(20))
}

/** A customer group, beside which the product shows who of it is hers. `chat`: its name on the desk. */
export const groupChat = { id: 'wrMIRAGROUP', chat: 'guests', name: '静安店会员群' } as const

/** Worlds of older demos get it too. */
export function addGroupChat(tencent: FakeTencent): void {
  const customers = [people.lin.id, people.wang.id, people.he.id].map((id) => tencent.customer(id).externalUserId)
  const members = [people.mei.userid, people.chen.userid]
  tencent.world.groupChats = { ...tencent.world.groupChats, [groupChat.id]: { name: groupChat.name, owner: people.mei.userid, members, customers } }
}

/** What was said before the story begins. `by`: an actor's name. */
export function firstLines(now: Date): Record<string, Omit<ChatLine, 'id'>[]> {
  const line = (days: number, by: string, text: string, minutes = 0) => ({
    at: now.getTime() - days * dayMs + minutes * minuteMs,
    by,
    text,
    link: null,
    plain: false,
  })
  return {
    lin: [
      line(3, 'mei', '林小姐您好，我是 MIRA 静安店小梅，有新款我第一时间告诉您～'),
      line(3, 'lin', '好的，谢谢', 2),
    ],
    wang: [line(1, 'wang', '上次那条裙子改好了吗？'), line(1, 'mei', '改好啦王姐，这周都可以来取。', 6)],
    guests: [line(1, 'chenjing', '周末到店试新款，大家提前说一声，我们把尺码备好。'), line(1, 'wang', '好，我周六下午来', 9)],
    team: [
      line(0, 'chenjing', '今天新到了一批驼色大衣，M 码不多', -95),
      line(0, 'mei', '收到，我这边有两位客户在等', -90),
    ],
    zhou: [line(2, 'zhou', '周末天气不错，去看展？'), line(2, 'lin', '好呀，正好想买件大衣', 4)],
    su: [line(5, 'su', '你那件毛衣在哪买的，好看')],
  }
}
