import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Desk } from '../api.ts'
import type { Call } from '../server.ts'
import type { WeatherStation } from '../weather.ts'
import { faultOfAuthorization, payKeys, signedHeaders, type CertificateName, type Signer } from './crypto.ts'
import { merchantApi } from './merchant-api.ts'

/** What the merchant's console and WeChat Pay itself can change. */
export interface PayConsole {
  /** Platform certificates that are listed; none: a merchant with the public key only. */
  certificates: CertificateName[]
  /** The next answers: signed wrongly, not at all, or with certificates that somebody changed on the way. */
  nextAnswers: ('probe' | 'unsigned' | 'tampered')[]
  /** The next calls are refused with these codes. */
  nextRefusals: string[]
}

interface HostDeps {
  desk: Desk
  station: WeatherStation
  console: PayConsole
  onCall(call: Call): void
}

/** api.mch.weixin.qq.com: checks who asks, answers signed. */
export async function openPayHost(deps: HostDeps): Promise<{ base: string; close(): Promise<void> }> {
  const server = createServer((request, response) => void serve(deps, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

async function serve(deps: HostDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { desk, station, console: switches, onCall } = deps
  const started = performance.now()
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const method = request.method ?? 'GET'
  const body = await textOf(request)
  const api = url.pathname.slice(1).replace(/\/(out-trade-no|id)\/.*/, '/$1')
  const note = (answer: Record<string, unknown> | null, status: number | null) => {
    const query = Object.fromEntries(url.searchParams)
    const ms = performance.now() - started
    onCall({
      host: 'weChatPay',
      api,
      method,
      query,
      body: body === '' ? null : JSON.parse(body),
      answer,
      status,
      at: desk.now(),
      ms,
    })
  }
  const gust = station.over(api)
  if (gust?.kind === 'silent') {
    note(null, null)
    await station.calm()
    return void response.destroy()
  }
  if (gust?.kind === 'down') return (note(null, null), void response.destroy())
  if (gust?.kind === 'status')
    return (note(null, gust.status), void response.writeHead(gust.status).end('<html>busy</html>'))
  const refused = switches.nextRefusals.shift()
  const fault = faultOf(desk, request, { method, url, body })
  const answer = refused
    ? { status: 400, body: { code: refused, message: refused } }
    : fault
      ? { status: 401, body: { code: 'SIGN_ERROR', message: fault }, problem: fault }
      : merchantApi(desk, { method, url, body }, switches.certificates)
  if ('problem' in answer && answer.problem) desk.problem(`${api}: ${answer.problem}`)
  if (station.dropsAnswer(api)) return (note(null, null), void response.destroy())
  note(answer.body, answer.status)
  end(deps, response, answer.status, answer.body, String(request.headers['wechatpay-serial'] ?? ''))
}

function end(
  { desk, console: switches }: HostDeps,
  response: ServerResponse,
  status: number,
  answer: object,
  wanted: string,
): void {
  const text = JSON.stringify(answer)
  const how = status < 300 ? switches.nextAnswers.shift() : undefined
  const [certificate] = switches.certificates
  const signer: Signer = wanted === payKeys.pub.serial ? 'pub' : (certificate ?? 'pub')
  const sent = how === 'tampered' ? tampered(text) : text
  const headers = signedHeaders(sent, signer, Math.floor(desk.now().getTime() / 1000))
  if (how === 'probe') headers['wechatpay-signature'] = `WECHATPAY/SIGNTEST/${headers['wechatpay-signature']}`
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...(how === 'unsigned' ? {} : headers) })
    .end(sent)
}

/** The same answer with one letter of the first ciphertext changed, signed all the same. */
function tampered(text: string): string {
  return text.replace(/"ciphertext":"(.)/, (_, letter: string) => `"ciphertext":"${letter === 'A' ? 'B' : 'A'}`)
}

function faultOf(
  desk: Desk,
  request: IncomingMessage,
  { method, url, body }: { method: string; url: URL; body: string },
): string | null {
  const { 'user-agent': agent = '', accept = '', 'content-type': type = '', authorization = '' } = request.headers
  if (agent === '' || agent === '127.0.0.1') return 'User-Agent must say who asks'
  if (!accept.includes('application/json')) return 'Accept must be application/json'
  if (method === 'POST' && !type.includes('application/json')) return 'Content-Type must be application/json'
  return faultOfAuthorization(
    { method, pathAndQuery: url.pathname + url.search, body, authorization },
    desk.brand.pay.merchantId,
  )
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
