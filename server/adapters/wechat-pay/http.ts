import { z } from 'zod'
import { PayRefused, TencentUnreachable } from '../../domain/errors.ts'
import { isSigned } from '../../edge/pay-seal.ts'

/** What the library hands over: it signs and names the real address, we choose the host, wait and check. */
export interface PayHttp {
  get(url: string, headers: Record<string, string>): Promise<PayAnswer>
  post(url: string, params: Record<string, unknown>, headers: Record<string, string>): Promise<PayAnswer>
  upload(): Promise<never>
}

export interface PayAnswer {
  status: number
  data: unknown
}

export interface PayHttpDeps {
  /** Replaces the library's fixed address. */
  base: string
  /** With it WeChat Pay signs answers by this key instead of by a platform certificate. */
  publicKeyId: string | null
  /** SPKI PEM for the serial of an answer; `data` is the answer, whose own certificates may be among the keys. */
  keyFor(serial: string, data: unknown): string | null
  now(): Date
  timeoutMs: number
}

const answerLimitBytes = 1024 * 1024
const toleranceMs = 300_000
const userAgent = 'wecom-lead-alerts'
const failure = z.object({ code: z.string().regex(/^[A-Z_]{1,64}$/) })

/**
 * The way out to the merchant API. The library sets no time limit, never checks an answer's signature and reports
 * failures as results: here a call ends in time, an answer of 2xx without WeChat Pay's signature is none, and every
 * failure is thrown. WeChat Pay sends a wrong signature now and then to see whether we look: such a call is repeated.
 * Source: wechat-pay.md sections 6 and 7 (pitfalls 9 and 10, "no timeout is set").
 * @throws PayRefused, TencentUnreachable
 */
export function payHttp(deps: PayHttpDeps): PayHttp {
  async function call(url: string, headers: Record<string, string>, body: string | null): Promise<PayAnswer> {
    const { pathname, search } = new URL(url)
    const api = pathname.replace(/\/(out-trade-no|id)\/[^/]+/, '/$1/…')
    for (let attempt = 1; ; attempt += 1) {
      const { response, bytes } = await exchange(api, `${deps.base}${pathname}${search}`, headers, body)
      const data = jsonIn(bytes)
      if (response.status >= 400) throw refusal(api, response.status, data)
      if (isGenuine(response, bytes, data)) return { status: response.status, data }
      if (attempt === 2) throw unreachable(api, 'answer without a signature that fits')
    }
  }

  async function exchange(api: string, url: string, headers: Record<string, string>, body: string | null) {
    try {
      const response = await fetch(url, {
        method: body === null ? 'GET' : 'POST',
        redirect: 'error',
        signal: AbortSignal.timeout(deps.timeoutMs),
        headers: {
          ...headers,
          'user-agent': userAgent,
          ...(deps.publicKeyId ? { 'wechatpay-serial': deps.publicKeyId } : {}),
        },
        ...(body === null ? {} : { body }),
      })
      return { response, bytes: await bytesOf(api, response) }
    } catch (error) {
      throw error instanceof TencentUnreachable
        ? error
        : unreachable(api, error instanceof Error ? error.name : 'unknown failure')
    }
  }

  function isGenuine({ headers }: Response, body: Uint8Array, data: unknown): boolean {
    const [serial, signature, timestamp, nonce] = ['serial', 'signature', 'timestamp', 'nonce'].map(
      (name) => headers.get(`wechatpay-${name}`) ?? '',
    )
    if (!serial || !signature || !timestamp || !nonce || !/^\d{1,12}$/.test(timestamp)) return false
    if (Math.abs(deps.now().getTime() - Number(timestamp) * 1000) >= toleranceMs) return false
    const key = deps.keyFor(serial, data)
    return key !== null && isSigned({ timestamp, nonce, body, signature }, key)
  }

  return {
    get: (url, headers) => call(url, headers, null),
    // The library signed JSON.stringify of these very parameters.
    post: (url, params, headers) => call(url, headers, JSON.stringify(params)),
    upload: () => Promise.reject(new TencentUnreachable('upload')),
  }
}

async function bytesOf(api: string, response: Response): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += part.byteLength
    if (size > answerLimitBytes) throw unreachable(api, 'answer too large')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return null // an empty 204, or a proxy's page: whoever needs fields finds none
  }
}

/** Failures need no signature: they change nothing with us. 5xx and limits are worth another try. */
function refusal(api: string, status: number, data: unknown): PayRefused | TencentUnreachable {
  const code = failure.safeParse(data).data?.code ?? null
  if (code === null || status >= 500 || status === 429)
    return unreachable(api, `HTTP status ${status}${code ? ` ${code}` : ''}`)
  return new PayRefused(api, code)
}

function unreachable(api: string, words: string): TencentUnreachable {
  return new TencentUnreachable(api, { cause: new Error(words) })
}
