import type { AfterSaleWish, CustomerEvent } from './event.ts'
import { wishText } from './event-words.ts'
import { friendsOf } from './timeline-words.ts'
import type { CountingRule, MissingStepRule, Rule } from './rule.ts'
import type { SignalEvents } from './signal-events.ts'
import { subjectOf } from './subject.ts'
import { articleText, moneyText, shortened, windowText } from './words.ts'

/** Why now, in one sentence that could be said aloud after the customer's name; only what the events tell. */
export function alertTitle(rule: Rule, seen: SignalEvents): string {
  if (!seen.cause) return rule.names.zh
  switch (rule.shape) {
    case 'counting':
      return countingTitle(rule, seen, seen.cause)
    case 'missing-step':
      return missingTitle(rule, seen.cause)
    case 'single':
      return singleTitle(rule, seen.cause)
  }
}

/** Name of an item in a title: 羊绒大衣, or `otherwise` when the mall told only an id. */
export function itemName(event: CustomerEvent, otherwise: string): string {
  const { title } = subjectOf(event)
  return title ? shortened(title, 18) : otherwise
}

/** A category as the mall words it; codes are not words. */
export function categoryName(event: CustomerEvent): string | null {
  const { category } = subjectOf(event)
  return category && /\p{L}/u.test(category) && !/[\d_/]/u.test(category) ? shortened(category, 10) : null
}

function countingTitle(rule: CountingRule, { count, counted }: SignalEvents, cause: CustomerEvent): string {
  const within = windowText(rule.windowMs)
  if (cause.kind === 'shared-content') return `把${articleText(cause.title)}分享给了 ${friendsOf(counted)} 位朋友`
  if (rule.per === 'any') return `${within}内${rule.distinct ? `看了 ${count} 样不同的` : `来看了 ${count} 次`}`
  if (rule.per === 'category') {
    const name = categoryName(cause) ?? '同类商品'
    return rule.distinct ? `${within}内看了 ${count} 款${name}` : `${within}内看了 ${count} 次${name}`
  }
  return `${within}内第 ${count} 次${countedThing(cause)}`
}

/** What was done again: 读《…》, 看「…」. */
export function countedThing(event: CustomerEvent): string {
  switch (event.kind) {
    case 'opened-content':
    case 'read-content':
      return `读${articleText(event.title)}`
    case 'favourite-item':
      return `收藏${quotedItem(event)}`
    case 'add-to-cart':
      return `加购${quotedItem(event)}`
    case 'search':
      return event.text ? `搜「${shortened(event.text, 18)}」` : '在商城搜索'
    case 'view-page':
      return subjectOf(event).title ? `看${quotedItem(event)}` : '看同一个页面'
    default:
      return `看${quotedItem(event)}`
  }
}

function quotedItem(event: CustomerEvent): string {
  const { title } = subjectOf(event)
  return title ? `「${shortened(title, 18)}」` : '同一件商品'
}

function missingTitle(rule: MissingStepRule, cause: CustomerEvent): string {
  const notDone = rule.cancel.some((kind) => kind === 'order' || kind === 'order-created') ? '还没下单' : '还没有下一步'
  switch (cause.kind) {
    case 'add-to-cart':
      return `加购了${itemName(cause, '一件商品')}，${notDone}`
    case 'checkout':
      return `去结算了${itemName(cause, '')}，${notDone}`
    case 'favourite-item':
      return `收藏了${itemName(cause, '一件商品')}，${notDone}`
    case 'order-created':
      return `下单了${itemName(cause, '')}，还没付款`
    default:
      return rule.names.zh
  }
}

function singleTitle(rule: Rule, cause: CustomerEvent): string {
  switch (cause.kind) {
    case 'add-to-cart':
      return `加购了${itemName(cause, '一件商品')}`
    case 'favourite-item':
      return `收藏了${itemName(cause, '一件商品')}`
    case 'followed-account':
      return '刚关注了公众号'
    case 'unfollowed-account':
      return '取消关注了公众号'
    case 'sent-message':
      return cause.text ? `${cause.source === 'wechat-shop' ? '在小店客服' : '在公众号'}问「${shortened(cause.text, 24)}」` : rule.names.zh
    case 'order-paid':
    case 'paid':
      return paidTitle(cause)
    case 'refund-asked':
      return askedBackTitle(cause)
    case 'complained':
      return `申请了平台介入${itemNamed(cause)}`
    case 'asked-about-item':
      return `在小店客服问了${itemName(cause, '一件商品')}`
    case 'asked-about-order':
      return `在小店客服问了订单${itemNamed(cause)}`
    case 'opened-content':
      return `打开了${articleText(cause.title)}`
    case 'tapped-menu':
      return /\p{Script=Han}/u.test(cause.menuKey) ? `点击了「${shortened(cause.menuKey, 16)}」` : rule.names.zh
    default:
      return rule.names.zh
  }
}

/** 申请退款 ¥2,999，羊绒大衣. */
function askedBackTitle(cause: CustomerEvent & { amount: number | null; afterSale?: AfterSaleWish }): string {
  const wish = cause.afterSale ? wishText(cause.afterSale) : '申请退款'
  return `${wish}${cause.amount === null ? '' : ` ${moneyText(cause.amount)}`}${itemNamed(cause)}`
}

function itemNamed(cause: CustomerEvent): string {
  const name = itemName(cause, '')
  return name ? `，${name}` : ''
}

function paidTitle(cause: CustomerEvent & { amount: number | null; items: readonly { title?: string }[] }): string {
  const name = itemName(cause, '')
  const more = name && cause.items.length > 1 ? `等 ${cause.items.length} 件` : ''
  return `付款${cause.amount === null ? '了' : ` ${moneyText(cause.amount)}`}${name ? `，买了${name}${more}` : ''}`
}
