import { shippedRules } from '../../config/rules.ts'
import type { Posted } from '../fake-tencent/post.ts'
import type { Call } from '../fake-tencent/server.ts'
import type { RawStep, StepTone, StepView } from './contract.ts'

/** A step before it has its number and time. */
export interface NewStep {
  tone: StepTone
  title: string
  text?: string
  small?: string
  raw?: RawStep
  /** How long ago it began, in real ms: what was told at its end stands where it began. */
  agoMs?: number
  /** A call that a job makes for nobody in particular: several in a row are told as one. */
  background?: boolean
}

/** A step with what it was made of, as it is kept over a restart. */
export type SavedStep = StepView & { raw: RawStep | null }

/** `began` on the process's own clock; `calls` of a job that are told together, 0: none. */
type KeptStep = SavedStep & { began: number; calls: number }

/** 发生了什么: the newest steps, each with what it was made of. */
export interface Feed {
  add(step: NewStep): void
  newest(count: number): StepView[]
  raw(id: number): RawStep | null
  /** What is worth keeping, newest first; null: nothing new since it was last asked for. */
  unsaved(): readonly SavedStep[] | null
  clear(): void
}

const kept = 300
/** As many as the page shows. */
const keptOverRestart = 60

/** @param saved what an earlier run kept, newest first */
export function openFeed(now: () => Date, changed: () => void, saved: readonly SavedStep[] = []): Feed {
  let steps: KeptStep[] = saved.map((one) => ({ ...one, began: 0, calls: 0 }))
  let last = Math.max(0, ...steps.map(({ id }) => id))
  let isSaved = true
  return {
    add({ tone, title, text = '', small = '', raw, agoMs = 0, background = false }) {
      const [newest] = steps
      const began = performance.now() - agoMs
      const more = { at: now().getTime(), small, hasRaw: raw !== undefined, raw: raw ?? null, began }
      if (background && newest && newest.calls > 0) {
        const calls = newest.calls + 1
        steps = [{ ...newest, ...more, text: `${calls} 次调用`, calls }, ...steps.slice(1)]
      } else {
        last += 1
        const later = steps.findIndex((one) => one.began <= began)
        const step = { id: last, tone, title, text, ...more, calls: background ? 1 : 0 }
        steps = steps.toSpliced(later < 0 ? steps.length : later, 0, step)
      }
      steps.length = Math.min(steps.length, kept)
      isSaved = false
      changed()
    },
    unsaved() {
      if (isSaved) return null
      isSaved = true
      return steps.slice(0, keptOverRestart).map(({ began: _began, calls: _calls, ...one }) => one)
    },
    newest: (count) => steps.slice(0, count).map(({ raw: _raw, began: _began, calls: _calls, ...view }) => view),
    raw: (id) => steps.find((one) => one.id === id)?.raw ?? null,
    clear() {
      steps = []
      isSaved = false
      changed()
    },
  }
}

export const shownMs = (ms: number) => `${Math.max(1, Math.round(ms))} ms`

const channels = {
  'official-account': '公众号',
  wecom: '企业微信',
  'wechat-shop': '微信小店',
  'mini-program': '小程序',
  'wechat-pay': '微信支付',
} as const

const callbackWords: Record<string, string> = {
  subscribe: '关注',
  unsubscribe: '取消关注',
  CLICK: '点了菜单',
  VIEW: '点了菜单链接',
  SCAN: '扫了码',
  text: '发来一句话',
  image: '发来一张图',
  user_get_card: '领了会员卡',
  user_view_card: '打开了会员卡',
  submit_membercard_user_info: '激活了会员卡',
  add_external_contact: '成为客户',
  del_follow_user: '客户删除了导购',
  del_external_contact: '导购删除了客户',
  template_card_event: '导购点了卡片按钮',
  channels_ec_order_new: '下了单，还没付款',
  channels_ec_order_pay: '付了款',
  channels_ec_order_cancel: '取消了订单',
  channels_ec_order_deliver: '订单发货',
  channels_ec_order_settle: '订单结算',
  channels_ec_aftersale_update: '售后有变化',
  'TRANSACTION.SUCCESS': '付了款',
  'REFUND.SUCCESS': '退了款',
}

/** A callback: what it says, then that it was stored before it was answered. */
export function stepsOfPosted(posted: Posted): NewStep[] {
  const { channel, what, status, ms, content, answer } = posted
  const path = `/webhooks/${channel}`
  const taken: NewStep =
    status === 200
      ? { tone: 'ok', title: '已存，才应答', small: `${path} · 200 · ${shownMs(ms)}` }
      : { tone: 'quiet', title: '没有收下', text: '腾讯会再推一次', small: `${path} · ${status} · ${shownMs(ms)}` }
  const raw = { request: content, answer: `HTTP ${status}\n${answer}` }
  return [
    {
      tone: 'plain',
      title: `${channels[channel]}回调`,
      text: callbackWords[what] ?? what,
      small: `${what} · 加密 · 已签名`,
      raw,
      agoMs: ms,
    },
    { ...taken, raw },
  ]
}

const apiWords: Record<string, { tone: StepTone; title: string; text: string }> = {
  'user/info': { tone: 'plain', title: '认出是谁', text: 'openid → unionid' },
  'externalcontact/get': { tone: 'plain', title: '认出是谁', text: 'unionid → 外部联系人 → 跟进人' },
  'externalcontact/groupchat/get': { tone: 'plain', title: '看群里有谁', text: '成员和外部联系人' },
  'sns/oauth2/access_token': { tone: 'plain', title: '网页授权', text: 'code → openid' },
  'sns/jscode2session': { tone: 'plain', title: '小程序登录', text: 'code → openid、unionid' },
  'wxa/business/getuserphonenumber': { tone: 'plain', title: '换手机号', text: 'code → 号码，只留带密钥的散列' },
  'channels/ec/aftersale/getaftersaleorder': { tone: 'plain', title: '查售后', text: '谁、退什么、为什么' },
  'channels/ec/order/get': { tone: 'plain', title: '查订单', text: '谁、买了什么、多少钱' },
  'message/recall': { tone: 'ok', title: '提醒已撤回', text: '' },
  'message/update_template_card': { tone: 'ok', title: '卡片已更新', text: '' },
  'auth/getuserinfo': { tone: 'quiet', title: '导购登录', text: '企业微信网页授权' },
  'v3/pay/transactions/native': { tone: 'plain', title: '生成收款码', text: '微信支付 Native' },
  'v3/pay/transactions/jsapi': { tone: 'plain', title: '生成收款链接', text: '微信支付 JSAPI' },
}

/** What the nightly and hourly jobs, and the start, ask for. */
const jobCalls = new Set([
  'externalcontact/batch/get_by_user',
  'externalcontact/get_follow_user_list',
  'externalcontact/get_corp_tag_list',
  'user/list',
  'user/get',
  'user/info/batchget',
  'department/list',
  'channels/ec/order/list/get',
  'channels/ec/aftersale/getaftersalelist',
  'v3/certificates',
])

/** An API call as the stand-in received it. */
export function stepOfCall(call: Call): NewStep {
  const { api, answer, status, ms } = call
  const errcode = answer === null ? '没有应答' : (answer['errcode'] ?? 0) === 0 ? '' : ` · ${String(answer['errcode'])}`
  const small = `${api} · ${status === null ? '' : shownMs(ms)}${errcode}`
  const raw = {
    request: pretty({ ...call.query, ...(call.body === null ? {} : { body: call.body }) }),
    answer: pretty(answer),
  }
  if (api === 'message/send') return { ...sentWords(call), small, raw }
  if (jobCalls.has(api)) return { tone: 'quiet', title: '后台对账', small, raw, background: true }
  const words = apiWords[api] ?? { tone: 'quiet' as const, title: quietWords(api), text: '' }
  return { ...words, text: words.text || updatedWords(call), small, raw }
}

function quietWords(api: string): string {
  if (/token/.test(api)) return '取访问凭证'
  return /ticket/.test(api) ? '取页面签名凭证' : '调用接口'
}

interface CardBodies {
  template_card?: { main_title?: { title?: string } }
  button?: { replace_name?: string }
}

function sentWords({ body, answer }: Call): NewStep {
  const text = (body as CardBodies | null)?.template_card?.main_title?.title ?? ''
  if (answer?.['errcode'] === 0) return { tone: 'hot', title: '提醒已送达 小梅', text }
  return { tone: 'quiet', title: '提醒没送到', text: '稍后再试' }
}

function updatedWords({ body }: Call): string {
  return (body as CardBodies | null)?.button?.replace_name ?? ''
}

export function pretty(value: unknown): string {
  return value === null || value === undefined ? '' : JSON.stringify(value, null, 2)
}

/** The rule behind an alert, by the beginning of the alert's key. */
export function stepOfAlert(key: string): NewStep {
  const rule = shippedRules.find((one) => key.startsWith(one.id))
  if (!rule) return { tone: 'brand', title: '提醒已生成', raw: { request: key, answer: '' } }
  const coolDown = rule.coolDownMs > 0 ? `冷却 ${rule.coolDownMs / 3_600_000} h` : '每次都算'
  const raw = { request: pretty(rule), answer: key }
  return { tone: 'brand', title: '规则成立', text: rule.names.zh, small: `${rule.id} · ${coolDown}`, raw }
}
