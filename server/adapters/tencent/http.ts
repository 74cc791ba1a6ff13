import { isSafeNumber, parse } from 'lossless-json'
import { TencentRefused, TencentUnreachable } from '../../domain/errors.ts'

/** One call. `query` may hold secrets and tokens: it leaves this file only towards Tencent. */
export interface TencentCall {
  base: string
  /** Path such as `/cgi-bin/gettoken`: all that errors and logs ever name. */
  api: string
  query: Readonly<Record<string, string>>
  /** Makes it a POST. A string is sent as it is, byte for byte. */
  body?: object | string
}

/** Calls Tencent and gives the answer's JSON. @throws TencentRefused, TencentUnreachable */
export type TencentHttp = (call: TencentCall) => Promise<unknown>

const answerLimitBytes = 5 * 1024 * 1024

/**
 * The one caller of fetch. `onDate` hears the Date header of each answer. Redirects are never followed; an answer that is not HTTP 200 with JSON of at most 5 MB is
 * no answer. WeCom recommends client timeouts of 5 to 10 s (document/path/90313, 排查方法).
 */
export function tencentHttp(limits: { timeoutMs: number; onDate?: (date: string | null) => void } = { timeoutMs: 5000 }): TencentHttp {
  return async (call) => {
    const answer = readJson(call, await fetchText(call, limits))
    const errcode = errcodeOf(answer)
    if (errcode !== 0) throw new TencentRefused(call.api, errcode)
    return answer
  }
}

async function fetchText(call: TencentCall, { timeoutMs, onDate }: { timeoutMs: number; onDate?: (date: string | null) => void }): Promise<string> {
  try {
    const response = await fetch(`${call.base}${call.api}?${new URLSearchParams(call.query)}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      ...(call.body === undefined ? {} : postOf(call.body)),
    })
    onDate?.(response.headers.get('date'))
    if (response.status === 200) return await readText(call, response)
    await response.body?.cancel()
    throw unreachable(call, `HTTP status ${response.status}`)
  } catch (error) {
    throw error instanceof TencentUnreachable ? error : unreachable(call, plainWords(error))
  }
}

function postOf(body: object | string): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
}

async function readText(call: TencentCall, response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.byteLength
    if (bytes > answerLimitBytes) throw unreachable(call, `answer larger than ${answerLimitBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** Integers beyond 2^53 stay strings of digits: order ids have 19. The parser's own error would quote the answer. */
function readJson(call: TencentCall, text: string): unknown {
  try {
    return parse(text, undefined, (digits) => (isSafeNumber(digits) ? Number(digits) : digits))
  } catch {
    throw unreachable(call, 'answer is not JSON')
  }
}

function errcodeOf(answer: unknown): number {
  if (typeof answer !== 'object' || answer === null || !('errcode' in answer)) return 0
  return Number(answer.errcode)
}

/** What fetch says may quote the URL with its token, so only our own words and the system's error code are kept. */
function plainWords(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure'
  if (error.name === 'TimeoutError') return 'timeout'
  const cause: unknown = error.cause
  const coded = typeof cause === 'object' && cause !== null && 'code' in cause
  return coded ? String(cause.code) : 'network failure'
}

function unreachable({ api, base }: TencentCall, words: string): TencentUnreachable {
  return new TencentUnreachable(api, { host: new URL(base).host, cause: new Error(words) })
}
