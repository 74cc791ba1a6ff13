import type { Context, Middleware } from 'koa'
import {
  BadRequest,
  BodyTooLarge,
  Conflict,
  Denied,
  NotFound,
  PayRefused,
  SignedOut,
  StoreUnavailable,
  TencentRefused,
  TencentUnreachable,
  TooManyRequests,
} from '../domain/errors.ts'
import { faultOfWeCom } from '../domain/diagnosis-causes.ts'
import { wordsOf, type FaultName } from '../domain/diagnosis-faults.ts'
import { isOutsideRange } from '../domain/refusal.ts'
import type { Log } from '../ports/log.ts'
import type { ErrorAnswer, ErrorCode } from './contract.ts'

interface Answer {
  status: number
  code: ErrorCode
  message: string
  details?: Readonly<Record<string, string>>
}

/**
 * Turns every error of the JSON API into a status and one short Chinese sentence. Where Tencent refuses because of how we
 * are set up, operators are told what `npm run doctor` would say; salespeople cannot mend it.
 */
export function answerErrors(log: Log, isOperator: (ctx: Context) => boolean = () => false): Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const fault = error instanceof TencentRefused ? faultOfWeCom(error) : null
      const answer = fault && isOperator(ctx) ? notSetUp(fault) : answerFor(error)
      const route = ctx.path.split('/').slice(0, 3).join('/')
      if (answer.status >= 500) log.error({ err: error, route, ...(fault && { fault }) }, 'request failed')
      if (error instanceof TooManyRequests) ctx.set('retry-after', String(error.retryAfterSeconds))
      send(ctx, answer)
    }
  }
}

/** Under /api everything is answered as JSON, also what no route knows. */
export const answerUnknown: Middleware = async (ctx, next) => {
  await next()
  if (!ctx.path.startsWith('/api/') || ctx.body !== undefined) return
  if (ctx.status === 404) send(ctx, answerFor(new NotFound('route')))
  if (ctx.status === 405 || ctx.status === 501) send(ctx, wrongMethod)
}

function send(ctx: Context, answer: Answer): void {
  const { status, code, message, details } = answer
  const more = details && Object.keys(details).length > 0 ? { details } : {}
  const body: ErrorAnswer = { error: { code, message, ...more } }
  ctx.status = status
  ctx.body = body
}

function answerFor(error: unknown): Answer {
  if (error instanceof SignedOut) return { status: 401, code: 'signed-out', message: '登录过期了，请重新登录。' }
  if (error instanceof Denied) return denied(error)
  if (error instanceof NotFound) return { status: 404, code: 'not-found', message: '没有找到。' }
  if (error instanceof Conflict) return conflict(error)
  if (error instanceof BadRequest) return { status: 400, code: 'bad-request', message: error.problem }
  if (error instanceof BodyTooLarge) return { status: 413, code: 'too-large', message: '内容太大了。' }
  if (error instanceof TooManyRequests) return { status: 429, code: 'too-many', message: '太频繁了，请过一会儿再试。' }
  if (error instanceof StoreUnavailable) return unavailable
  if (error instanceof PayRefused) return payRefused(error)
  if (error instanceof TencentUnreachable) return { ...unavailable, message: silentWords(error) }
  if (error instanceof TencentRefused) return refused(error)
  return { status: 500, code: 'internal', message: '服务出了点问题，已经记录下来，请稍后再试。' }
}

function conflict({ problem }: Conflict): Answer {
  return { status: 409, code: 'conflict', message: conflictSentences[problem] ?? '状态已经变了，请刷新看看。', details: { problem } }
}

const conflictSentences: Readonly<Record<string, string>> = {
  paused: '客户已暂停记录，现在不能记。',
  'too-late': '超过一天的记录不能再改。',
  'tag-gone': '这个标签已经没有了，请重新打开再选。',
  'tag-busy': '有人正在改 TA 的标签，请过几秒再试。',
  'not-planned': '这个提醒已经响过或取消了。',
}

const wrongMethod: Answer = { status: 405, code: 'wrong-method', message: '这个地址不能这样访问。' }

const unavailable: Answer = { status: 503, code: 'unavailable', message: '服务暂时连不上，请稍后再试。' }

const deniedSentences: Record<string, string> = {
  'not-a-member': '请用企业成员的身份打开。',
  'outside-visible-range': '你还没有使用权限，请管理员在「应用可见范围」里加上你。',
  'not-my-customer': '你不是 TA 的跟进人，看不到 TA 的动态。',
  erased: '这位客户要求删除记录，系统里已经没有 TA 的任何内容。',
  'not-your-note': '这是同事记的，只有 TA 能改。',
  'not-in-this-chat': '你不在这个群里，看不到群里的客户。',
  'operators-only': '只有运营可以这样做。',
  'not-set-up': '系统和企业微信之间的设置有问题，请告诉管理员。',
  'managers-only': '只有店长可以看本店的提醒。',
  'wrong-origin': '这个页面地址不在允许的范围里。',
}

function denied(error: Denied): Answer {
  const code = error.reason in deniedSentences ? (error.reason as ErrorCode) : 'not-my-customer'
  return { status: 403, code, message: deniedSentences[error.reason] ?? '没有权限。', details: error.details }
}

/** The fault and its fix, as the doctor words them. */
function notSetUp(fault: FaultName): Answer {
  const { what, fix } = wordsOf({ fault, about: null })
  return { status: 502, code: 'not-set-up', message: `${what.zh}。${fix.zh}。`, details: { fault } }
}

/** 48002: the app is not listed in 可调用接口的应用 (document/path/90313). */
function refused(error: TencentRefused): Answer {
  if (error.errcode === 48002) {
    return { status: 502, code: 'no-contact-right', message: '应用还没有「客户联系」权限，请管理员在后台开通。' }
  }
  if (isOutsideRange(error)) return denied(new Denied('outside-visible-range'))
  if (faultOfWeCom(error)) return { status: 502, code: 'not-set-up', message: deniedSentences['not-set-up'] ?? '' }
  return { ...unavailable, message: `企业微信没有接受这次请求（${error.errcode}），请稍后再试。` }
}

function silentWords({ api }: TencentUnreachable): string {
  return `${api.startsWith('/v3/') ? '微信支付' : '企业微信'}暂时连不上，请稍后再试。`
}

/** Codes of WeChat Pay that somebody can act on (wechat-pay.md section 6). */
const payWords: Readonly<Record<string, string>> = {
  APPID_MCHID_NOT_MATCH: '公众号和商户号还没有绑定，请管理员在微信支付商户平台绑定。',
  NO_AUTH: '商户号没有开通这种收款方式，请管理员在微信支付商户平台开通。',
  SIGN_ERROR: '微信支付没认可我们的签名，请管理员检查商户私钥和证书序列号。',
}

function payRefused({ reason }: PayRefused): Answer {
  const message = payWords[reason] ?? `微信支付没有接受这笔收款（${reason}）。`
  return { status: 502, code: 'payment-refused', message }
}
