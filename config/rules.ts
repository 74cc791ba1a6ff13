import type { Rule } from '../server/domain/rule.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const later = { urgency: 'later', direct: false } as const
const now = { urgency: 'now', direct: false } as const

/**
 * The rules that are on when the product starts, with the numbers people argue about.
 * Cool-downs are per customer, rule and subject (article, item, category).
 */
export const shippedRules: readonly Rule[] = [
  {
    id: 'article-read-again',
    names: { zh: '反复读同一篇文章', en: 'Same article opened 3 times in 24 hours' },
    tag: '反复阅读',
    shape: 'counting',
    on: ['opened-content'],
    per: 'object',
    distinct: false,
    count: 3,
    windowMs: 24 * hour,
    // Opens closer than a minute are a reload, not interest.
    spacingMs: 60 * second,
    coolDownMs: 24 * hour,
    ...now,
  },
  {
    id: 'article-shared-again',
    names: { zh: '多次分享同一篇文章', en: 'Same article shared twice in 7 days' },
    tag: '多次分享',
    shape: 'counting',
    on: ['shared-content'],
    per: 'object',
    distinct: false,
    count: 2,
    windowMs: 7 * day,
    spacingMs: 0,
    coolDownMs: 24 * hour,
    ...later,
  },
  {
    id: 'added-to-basket',
    names: { zh: '加入购物袋', en: 'Added to basket' },
    tag: '加购',
    shape: 'single',
    on: ['add-to-cart'],
    keywords: null,
    coolDownMs: 24 * hour,
    ...now,
  },
  {
    id: 'basket-not-ordered',
    names: { zh: '加购后两小时没下单', en: 'Added to basket and not ordered within 2 hours' },
    tag: '加购未下单',
    shape: 'missing-step',
    start: ['add-to-cart'],
    cancel: ['order', 'remove-from-cart', 'order-created', 'order-paid', 'paid', 'bought-in-store'],
    delayMs: 2 * hour,
    coolDownMs: 24 * hour,
    ...now,
  },
  {
    id: 'comparing',
    names: { zh: '比较同类商品', en: 'Five different items of a category within an hour' },
    tag: '比较同类',
    shape: 'counting',
    on: ['view-item'],
    per: 'category',
    distinct: true,
    count: 5,
    windowMs: hour,
    spacingMs: 0,
    coolDownMs: 24 * hour,
    ...now,
  },
  {
    id: 'followed',
    names: { zh: '关注公众号', en: 'Followed the Official Account' },
    tag: '新关注',
    shape: 'single',
    on: ['followed-account'],
    keywords: null,
    coolDownMs: 0,
    ...later,
  },
  {
    id: 'unfollowed',
    names: { zh: '取消关注', en: 'Unfollowed the Official Account' },
    tag: '取消关注',
    shape: 'single',
    on: ['unfollowed-account'],
    keywords: null,
    coolDownMs: 0,
    ...later,
  },
  {
    id: 'asks-for-a-price',
    names: { zh: '问价格', en: 'Asks for a price' },
    tag: '问价格',
    shape: 'single',
    on: ['sent-message'],
    keywords: ['多少钱', '价格', '价钱', '什么价', '怎么卖', '几钱', '报价', '售价', '优惠', '打折', '折扣', '便宜', '贵不贵', 'price', 'how much'],
    coolDownMs: 0,
    urgency: 'now',
    direct: true,
  },
  {
    id: 'order-paid',
    names: { zh: '订单已付款', en: 'Order paid' },
    tag: '已付款',
    shape: 'single',
    on: ['order-paid', 'paid'],
    keywords: null,
    coolDownMs: 0,
    ...later,
  },
  {
    id: 'refund-asked',
    names: { zh: '申请退款', en: 'Asks for a refund' },
    tag: '申请退款',
    shape: 'single',
    on: ['refund-asked', 'complained'],
    keywords: null,
    coolDownMs: 0,
    ...now,
  },
  {
    id: 'asks-about-a-product',
    names: { zh: '咨询商品', en: 'Asks about a product' },
    tag: '咨询商品',
    shape: 'single',
    on: ['asked-about-item', 'asked-about-order'],
    keywords: null,
    // The same card sent twice within a talk is one question.
    coolDownMs: hour,
    urgency: 'now',
    direct: true,
  },
]
