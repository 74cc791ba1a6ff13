import type { Browser } from '../fake-tencent/browser.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import type { ErrorAnswer } from '../../server/http/contract.ts'
import type { TestBrand } from './open-brand.ts'

/** One answer of the JSON API; `body` is what the caller expects it to be. */
export interface PageAnswer<Body> {
  status: number
  body: Body
  /** `error.code` of an error answer, else null. */
  code: string | null
  headers: Headers
}

/** Our pages as one browser of a member has them: the JSON API with the cookies of that browser. */
export interface Page {
  get<Body = unknown>(path: string): Promise<PageAnswer<Body>>
  post<Body = unknown>(path: string, body: unknown, headers?: Record<string, string>): Promise<PageAnswer<Body>>
  ask<Body = unknown>(path: string, init: RequestInit): Promise<PageAnswer<Body>>
}

/** The pages in the member's WeCom, signed in through the real redirects. */
export async function signedIn(brand: Pick<TestBrand, 'env'>, member: StaffActor): Promise<Page> {
  const back = encodeURIComponent('/sidebar/#/inbox')
  const seen = await member.opens(`${brand.env['PUBLIC_URL']}/api/session?return=${back}`)
  if (!seen.url.includes('/sidebar/')) throw new Error(`${member.userid} was not signed in: ${seen.steps.join(' -> ')}`)
  return pageOf(brand, member.browser)
}

/** The pages in any browser, as it is. */
export function pageOf(brand: Pick<TestBrand, 'env'>, browser: Browser): Page {
  const publicUrl = String(brand.env['PUBLIC_URL'])

  async function ask<Body>(path: string, init: RequestInit): Promise<PageAnswer<Body>> {
    const headers = { accept: 'application/json', ...(init.headers as Record<string, string> | undefined) }
    const response = await browser.request(publicUrl + path, { ...init, headers })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
    const body = (isJson ? JSON.parse(text) : text) as Body
    const code = isJson ? ((body as unknown as Partial<ErrorAnswer>).error?.code ?? null) : null
    return { status: response.status, body, code, headers: response.headers }
  }

  return {
    ask,
    get: (path) => ask(path, {}),
    post: (path, body, headers = {}) =>
      ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: publicUrl, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  }
}
