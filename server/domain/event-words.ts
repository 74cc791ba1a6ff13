import type { Spacings } from './apart.ts'
import { codePlaceText } from './contact-code.ts'
import type { AfterSaleWish, CustomerEvent, Item, ItemKind, OrderKind, ShopKind } from './event.ts'
import type { AppId, StaffId } from './ids.ts'
import { articleText, moneyText, shortened } from './words.ts'

/** Colour of an entry's round mark. */
export type Tone = 'hot' | 'brand' | 'ok' | 'gold' | 'plain'

/** Who reads the words: what is hers is called 你的. */
export interface Reader {
  /** Null: the customer, of what was noted about them. */
  staffId: StaffId | null
  /** The Official Account's appid: its beacon is that of an H5 mall, not of the mini-program. */
  officialAccount: AppId | null
  /** What counts once; absent: everything that happened is counted, as the customer sees it. */
  spacings?: Spacings
  /** What other members are called: 同事 to a member, 导购 to the customer. */
  others?: string
}

/** One event in words. Only what the event itself tells; whatever it does not tell is absent. */
export interface EventWords {
  /** One character for the round mark. */
  mark: string
  tone: Tone
  /** 加入购物袋「羊绒大衣 驼色 M」. */
  text: string
  /** Facts for the small print, how we know last: ¥2,680, 小程序商城上报. */
  facts: readonly string[]
  /** Events of one group within a day are one entry; null: each stands alone. */
  group: string | null
}

type Words = Omit<EventWords, 'facts' | 'group'> & { facts?: readonly string[]; group?: string | null }

/** The words for one event; null for what is no behaviour of the customer (a remark edited, a transfer that failed). */
export function wordsOf(event: CustomerEvent, reader: Reader): EventWords | null {
  const words = bodyWords(event, reader)
  if (!words) return null
  const { facts = [], group = null, ...rest } = words
  return { ...rest, group, facts: [...facts, sourceText(event, reader)] }
}

/** How we know, in small print: to a member in the trade's words, to the customer (no `staffId`) in everybody's. */
export function sourceText(event: CustomerEvent, reader: Reader): string {
  return (reader.staffId === null ? textToCustomer(event, reader) : null) ?? textToMember(event, reader)
}

/** Null: the member's words are everybody's. */
function textToCustomer(event: CustomerEvent, reader: Reader): string | null {
  switch (event.source) {
    case 'share-chain':
      return '您的分享'
    case 'tracked-link':
      return 'linkOf' in event && event.linkOf !== null ? `${othersOf(reader)}发的文章链接` : '文章链接'
    case 'beacon':
      return fromWebMall(event, reader) ? '网页商城' : '小程序商城'
    case 'inbound-mall':
      return '商城'
    case 'inbound-erp':
      return '门店系统'
    case 'inbound-till':
      return '门店收银'
    default:
      return null
  }
}

function textToMember(event: CustomerEvent, reader: Reader): string {
  switch (event.source) {
    case 'official-account':
      return '公众号'
    case 'wecom':
      return '企业微信'
    case 'wechat-shop':
      return '微信小店'
    case 'mini-program':
      return '小程序'
    case 'wechat-pay':
      return '微信支付'
    case 'share-chain':
      return '分享链'
    case 'tracked-link':
      return linkText('linkOf' in event ? event.linkOf : null, reader)
    case 'beacon':
      return fromWebMall(event, reader) ? 'H5 商城上报' : '小程序商城上报'
    case 'inbound-mall':
      return '商城系统上报'
    case 'inbound-erp':
      return 'ERP 上报'
    case 'inbound-till':
      return '门店收银上报'
  }
}

function linkText(linkOf: StaffId | null, reader: Reader): string {
  if (linkOf === null) return '追踪链接'
  return linkOf === reader.staffId ? '你的追踪链接' : `${othersOf(reader)}的追踪链接`
}

function othersOf({ others }: Reader): string {
  return others ?? '同事'
}

function fromWebMall({ who }: CustomerEvent, reader: Reader): boolean {
  return who.kind === 'openid' && who.appId === reader.officialAccount
}

function bodyWords(event: CustomerEvent, reader: Reader): Words | null {
  switch (event.kind) {
    case 'followed-account':
      return { mark: '关', tone: 'ok', text: '关注了公众号' }
    case 'unfollowed-account':
      return { mark: '取', tone: 'plain', text: '取消关注了公众号' }
    case 'tapped-menu':
      return { mark: '点', tone: 'plain', text: menuText(event.menuKey), group: `menu ${event.menuKey}` }
    case 'opened-menu-link':
      return { mark: '点', tone: 'plain', text: '打开了公众号菜单里的页面', group: `menu ${event.url}` }
    case 'scanned-code':
      return { mark: '扫', tone: 'plain', text: '扫了公众号的二维码' }
    case 'sent-message':
      return { mark: '问', tone: 'hot', text: messageText(event.text, event.messageType, event.source === 'wechat-shop' ? '在小店客服' : '在公众号') }
    case 'opened-content':
    case 'read-content':
      return { mark: '读', tone: 'brand', text: `读${articleText(event.title, 40)}`, group: `read ${event.contentId}` }
    case 'shared-content':
      return { mark: '享', tone: 'brand', text: `分享${articleText(event.title, 40)}`, group: `shared ${event.contentId}` }
    case 'became-contact':
    case 'half-added-contact':
    case 'removed-by-staff':
    case 'removed-by-customer':
      return { ...contactWords(event.kind, event.staffId === reader.staffId ? '你' : othersOf(reader)), facts: codeFacts(event) }
    case 'edited-contact':
    case 'contact-transfer-failed':
      return null
    default:
      return 'orderNo' in event ? orderWords(event, reader) : itemWords(event)
  }
}

function contactWords(kind: 'became-contact' | 'half-added-contact' | 'removed-by-staff' | 'removed-by-customer', whom: string): Words {
  const texts = {
    'became-contact': `添加了${whom}的企业微信`,
    'half-added-contact': `申请添加${whom}，还没通过`,
    'removed-by-staff': `被${whom}从企业微信删除`,
    'removed-by-customer': `删除了${whom}的企业微信`,
  }
  return { mark: kind === 'became-contact' || kind === 'half-added-contact' ? '加' : '删', tone: kind === 'became-contact' ? 'ok' : 'plain', text: texts[kind] }
}

/** By which of our own codes they came: 扫了文章末尾的二维码. */
function codeFacts(event: CustomerEvent): string[] {
  const place = 'contactWay' in event ? codePlaceText(event.contactWay, 'codeOf' in event ? (event.codeOf ?? null) : null) : null
  return place ? [place] : []
}

function itemWords(event: CustomerEvent & { kind: ItemKind | ShopKind; item: Item | null; text: string | null }): Words {
  const { kind, item, text } = event
  const { mark, tone, verb, bare } = itemVerbs[kind]
  const name = item?.title ?? null
  const said = kind === 'search' || kind === 'claim-coupon' || kind === 'became-member' ? (text ?? name) : name
  const price = item?.price === undefined || kind === 'search' || kind === 'remove-from-cart' ? [] : [moneyText(item.price)]
  return { mark, tone, text: said ? `${verb}「${shortened(said, 40)}」` : bare, facts: price, group: `${kind} ${item?.id ?? said ?? ''}` }
}

const itemVerbs: Readonly<Record<ItemKind | ShopKind, { mark: string; tone: Tone; verb: string; bare: string }>> = {
  'view-item': { mark: '看', tone: 'plain', verb: '看了', bare: '看了一件商品' },
  'favourite-item': { mark: '藏', tone: 'gold', verb: '收藏了', bare: '收藏了一件商品' },
  'add-to-cart': { mark: '袋', tone: 'hot', verb: '加入购物袋', bare: '加购了一件商品' },
  'remove-from-cart': { mark: '移', tone: 'plain', verb: '移出购物袋', bare: '从购物袋移出一件商品' },
  checkout: { mark: '结', tone: 'hot', verb: '去结算', bare: '去结算了' },
  order: { mark: '单', tone: 'ok', verb: '下单', bare: '在商城下单' },
  search: { mark: '搜', tone: 'brand', verb: '在商城搜', bare: '在商城搜索' },
  'claim-coupon': { mark: '券', tone: 'gold', verb: '领了优惠券', bare: '领了优惠券' },
  'view-page': { mark: '看', tone: 'plain', verb: '看了页面', bare: '看了商城页面' },
  share: { mark: '享', tone: 'brand', verb: '在商城点了分享', bare: '在商城点了分享' },
  'asked-about-item': { mark: '问', tone: 'hot', verb: '在小店客服问了', bare: '在小店客服问了一件商品' },
  'used-coupon': { mark: '券', tone: 'gold', verb: '用了优惠券', bare: '用了优惠券' },
  'coupon-expired': { mark: '券', tone: 'plain', verb: '优惠券过期了', bare: '有一张优惠券过期了' },
  'coupon-returned': { mark: '券', tone: 'plain', verb: '优惠券退回了', bare: '有一张优惠券退回了' },
  'became-sharer': { mark: '享', tone: 'gold', verb: '成为小店分享员', bare: '成为小店分享员' },
  'left-sharers': { mark: '享', tone: 'plain', verb: '不再是小店分享员', bare: '不再是小店分享员' },
  'became-member': { mark: '会', tone: 'gold', verb: '成为会员', bare: '成为会员' },
}

function orderWords(event: OrderEvent, reader: Reader): Words {
  const { mark, tone, verb, bare } = verbsOf(event)
  const names = event.items.flatMap(({ title }) => (title ? [title] : []))
  const more = event.items.length > 1 ? `等 ${event.items.length} 件` : ''
  const elsewhere = event.kind === 'order-created' && event.source !== 'wechat-shop' ? '下了一笔订单' : bare
  const text = names[0] ? `${verb}「${shortened(names[0], 40)}」${more}` : elsewhere
  return { mark, tone, text, facts: orderFacts(event, reader) }
}

type OrderEvent = Extract<CustomerEvent, { orderNo: string }>

function orderFacts({ amount, afterSale, creditedTo = [] }: OrderEvent, reader: Reader): string[] {
  const mine = reader.staffId !== null && creditedTo.includes(reader.staffId)
  return [
    ...(amount === null ? [] : [moneyText(amount)]),
    ...(afterSale?.reason ? [shortened(afterSale.reason, 20)] : []),
    ...(creditedTo.length > 0 ? [`来自${mine ? '你' : othersOf(reader)}的转发`] : []),
  ]
}

/** 申请退款, 申请退货退款, 申请换货: what is asked for after the sale. */
export function wishText({ type }: AfterSaleWish): string {
  return { refund: '申请退款', return: '申请退货退款', exchange: '申请换货' }[type]
}

function verbsOf({ kind, afterSale }: OrderEvent): { mark: string; tone: Tone; verb: string; bare: string } {
  if (kind !== 'refund-asked' || !afterSale) return orderVerbs[kind]
  const verb = wishText(afterSale)
  return { ...orderVerbs[kind], mark: afterSale.type === 'exchange' ? '换' : '退', verb, bare: verb }
}

const orderVerbs: Readonly<Record<OrderKind, { mark: string; tone: Tone; verb: string; bare: string }>> = {
  'order-created': { mark: '单', tone: 'gold', verb: '下单', bare: '在小店下单' },
  'order-paid': { mark: '付', tone: 'ok', verb: '付款买了', bare: '付款了一笔订单' },
  'order-cancelled': { mark: '消', tone: 'plain', verb: '取消订单', bare: '取消了一笔订单' },
  'order-delivered': { mark: '发', tone: 'plain', verb: '订单已发货', bare: '订单已发货' },
  'order-received': { mark: '收', tone: 'plain', verb: '收到了', bare: '订单已收货' },
  'refund-asked': { mark: '退', tone: 'hot', verb: '申请退款', bare: '申请退款' },
  'refund-closed': { mark: '退', tone: 'plain', verb: '售后已关闭', bare: '售后已关闭' },
  complained: { mark: '诉', tone: 'hot', verb: '申请了平台介入', bare: '申请了平台介入' },
  'asked-about-order': { mark: '问', tone: 'hot', verb: '在小店客服问了订单', bare: '在小店客服问了一笔订单' },
  'order-settled': { mark: '成', tone: 'plain', verb: '订单完成', bare: '订单已完成' },
  'bought-in-store': { mark: '购', tone: 'ok', verb: '在门店买了', bare: '在门店消费了一笔' },
  paid: { mark: '付', tone: 'ok', verb: '付款买了', bare: '付了一笔款' },
  refunded: { mark: '退', tone: 'plain', verb: '退款', bare: '收到退款' },
  'refund-failed': { mark: '退', tone: 'hot', verb: '退款没有成功', bare: '退款没有成功，需要财务处理' },
  'returned-in-store': { mark: '退', tone: 'plain', verb: '在门店退了', bare: '在门店退货' },
}

/** A menu key is shown only where it is a word: many brands use numbers. */
function menuText(menuKey: string): string {
  return /\p{Script=Han}/u.test(menuKey) ? `点击了「${shortened(menuKey, 16)}」` : '点了公众号菜单'
}

function messageText(text: string | null, messageType: string, where: string): string {
  if (text?.trim()) return `${where}问「${shortened(text, 40)}」`
  const names: Readonly<Record<string, string>> = { image: '图片', voice: '语音', video: '视频', shortvideo: '小视频', location: '位置', link: '链接', file: '文件' }
  const what = Object.hasOwn(names, messageType) ? names[messageType] : null
  return what ? `${where}发来${what}` : `${where}发来消息`
}
