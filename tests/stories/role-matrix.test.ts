import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CustomerView, ErrorAnswer, NoteView, PaymentView } from '../../server/http/contract.ts'
import { openBrowser, userAgents, type Browser } from '../fake-tencent/browser.ts'
import type { NewStaff } from '../fake-tencent/roster.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { articleOf } from '../support/article.ts'
import { inboundEnv } from '../support/connector.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn } from '../support/page.ts'

/**
 * Who may use which route, for every route that the server has: a new route without a row fails. A row says what is asked
 * and what each answers: one word for all, or one per role (`else` for those not named).
 */

/** 小梅 owns 林小姐, 小周 follows her too, 小魏 does not; 老板 is a manager, 阿欧 the operator. */
const staffOfRole = {
  owner: ['mei', { name: '小梅' }],
  colleague: ['zhou', { name: '小周' }],
  other: ['wei', { name: '小魏' }],
  manager: ['boss', { name: '老板', contacts: false }],
  operator: ['ou', { name: '阿欧', contacts: false }],
} as const satisfies Readonly<Record<string, readonly [string, NewStaff]>>
const roles = ['anonymous', 'owner', 'colleague', 'other', 'manager', 'operator'] as const
type Role = (typeof roles)[number]
type Answers = string | (Partial<Record<Role, string>> & { else: string })
type Ask = { body?: object | (() => object); accept?: string }
type Row = readonly [Answers, Ask?]

let brand: TestBrand
const browsers = {} as Record<Role, Browser>
/** What stands in the places of paths; filled before the first row is asked. */
const places: Record<string, string> = {}

const signedOut = '401 signed-out'
const members: Answers = { anonymous: signedOut, else: '200' }
const operators = (answer: string): Answers => ({ anonymous: signedOut, operator: answer, else: '403 operators-only' })
const followers = (answer: string): Answers => ({ anonymous: signedOut, owner: answer, colleague: answer, else: '403 not-my-customer' })

const matrix: Readonly<Record<string, Row>> = {
  'GET /healthz': ['200'],
  'GET /readyz': ['200'],
  // From this host; who comes through a proxy is refused (I4).
  'GET /metrics': ['200', { accept: '*/*' }],
  'GET /api/openapi.json': ['200'],
  'GET /pictures/:name': ['404', { accept: '*/*' }],
  'GET /l/:slug/poster': ['302', { accept: '*/*' }],
  'GET /l/:slug/poster/:file': ['302', { accept: '*/*' }],

  'GET /api/session': [members],
  'GET /api/live': [members, { accept: 'text/event-stream' }],
  'GET /api/alerts': [members],
  'GET /api/content': [members],
  'POST /api/jssdk/signature': [members, { body: () => ({ kind: 'corp', url: `${brand.env['PUBLIC_URL']}/sidebar/` }) }],

  'GET /api/customers/:externalUserId': [followers('200')],
  'GET /api/customers/:externalUserId/payments': [followers('200')],
  'POST /api/customers/:externalUserId/payments': [followers('201'), { body: { amount: 100, description: '定金' } }],
  'GET /api/tags': [members],
  'GET /api/customers/:externalUserId/portrait': [followers('200')],
  'POST /api/customers/:externalUserId/tags': [followers('200'), { body: { add: [] } }],
  'GET /api/customers/:externalUserId/orders': [followers('200')],
  'GET /api/customers/:externalUserId/notes': [followers('200')],
  'POST /api/customers/:externalUserId/notes': [followers('201'), { body: { kind: 'call', text: '下周到店' } }],
  'POST /api/customers/:externalUserId/reminders': [followers('201'), { body: () => ({ at: brand.clock.now().getTime() + 3600_000 }) }],
  // What one wrote the other follower reads, and does not change.
  'POST /api/notes/:noteId': [{ anonymous: signedOut, owner: '200', colleague: '403 not-your-note', else: '403 not-my-customer' }, { body: { kind: 'chat', text: '改到周五' } }],
  'POST /api/reminders/:noteId': [{ anonymous: signedOut, owner: '204', colleague: '403 not-your-note', else: '403 not-my-customer' }, { body: { state: 'done' } }],
  'POST /api/notes/:noteId/delete': [{ anonymous: signedOut, owner: '204', colleague: '404 not-found', else: '404 not-found' }, { body: {} }],
  // 小梅 and 小魏 are in the group.
  'GET /api/group-chats/:chatId': [{ anonymous: signedOut, owner: '200', other: '200', else: '403 not-in-this-chat' }],
  'POST /api/customers/:externalUserId/sent': [followers('204'), { body: { what: 'copied' } }],
  // An alert is its owner's: for who follows the customer too it does not exist.
  'POST /api/alerts/:key/feedback': [{ anonymous: signedOut, owner: '200', colleague: '404 not-found', else: '403 not-my-customer' }, { body: { action: 'following' } }],

  'GET /api/shares': [members],
  'GET /api/customers/:externalUserId/shares': [followers('200')],
  'GET /api/customers/:externalUserId/link-way': [followers('200')],
  'GET /api/operator/shares': [operators('200')],
  'GET /api/operator/link-rate': [operators('200')],

  'POST /api/content': [operators('201'), { body: { title: '秋冬大衣怎么挑', url: 'https://brand.example/coats' } }],
  'GET /api/customers/:externalUserId/links': [operators('200')],
  'POST /api/links/:joinId/undo': [operators('404 not-found'), { body: {} }],
  'POST /api/links/:joinId/redo': [operators('404 not-found'), { body: {} }],

  // What Tencent and other systems call is opened by signatures, never by a member's cookie.
  'GET /webhooks/wecom/:account': ['401'],
  'POST /webhooks/wecom/:account': ['401', { body: {} }],
  'GET /webhooks/official-account/:account': ['401'],
  'POST /webhooks/official-account/:account': ['401', { body: {} }],
  'GET /webhooks/wechat-shop/:account': ['401'],
  'POST /webhooks/wechat-shop/:account': ['401', { body: {} }],
  'GET /webhooks/mini-program/:account': ['401'],
  'POST /webhooks/mini-program/:account': ['401', { body: {} }],
  'POST /webhooks/wechat-pay/:mchId': ['401', { body: {} }],
  'POST /webhooks/inbound/:source': ['401 untrusted', { body: {} }],

  // The mall's customers are known by the beacon's own token.
  'OPTIONS /beacon/:appId': ['204'],
  'OPTIONS /beacon/:appId/session': ['204'],
  'OPTIONS /beacon/:appId/phone': ['204'],
  'POST /beacon/:appId': ['401 bad-token', { body: { events: [] } }],
  'POST /beacon/:appId/session': ['401 refused-code', { body: { code: 'made-up' } }],
  'POST /beacon/:appId/phone': ['401 bad-token', { body: { code: 'made-up' } }],

  'OPTIONS /beacon/:appId/consent': ['204'],
  'OPTIONS /beacon/:appId/notice': ['204'],
  'POST /beacon/:appId/consent': ['401 bad-token', { body: { version: '1', answer: 'agree' } }],
  'GET /beacon/:appId/notice': ['200'],

  // Readers and payers are known by what WeChat says of them in their own browser, and staff are nobody there.
  'GET /l/:slug': ['200'],
  'GET /l/:slug/identify': ['302'],
  'GET /l/callback': ['404'],
  'POST /l/:slug/read': ['401 bad-visit', { body: { visit: 'a.b', part: 0, seconds: 5, percent: 5 } }],
  'POST /l/:slug/consent': ['303', { body: {} }],
  'GET /pay/:id': ['200'],
  'GET /pay/:id/state': ['404'],
  'GET /pay/callback': ['200'],

  // A customer's own record: for that customer's WeChat only, whoever is signed in here.
  'GET /me': ['200'],
  'GET /me/callback': ['200'],
  'GET /me/erase': ['200'],
  'POST /me/pause': ['200', { body: {} }],
  'POST /me/resume': ['200', { body: {} }],
  'POST /me/erase': ['200', { body: {} }],
  'POST /me/consent': ['200', { body: {} }],
}

beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: { ...inboundEnv, OPERATORS: 'ou', MANAGERS: 'boss' } })
  const { tencent } = brand
  const actors = Object.fromEntries(Object.entries(staffOfRole).map(([role, [userid, more]]) => [role, tencent.staff(userid, more)])) as Record<Exclude<Role, 'anonymous'>, StaffActor>
  const lin = tencent.customer('lin', { name: '林小姐' })
  await brand.server.useCases.syncContacts()
  await actors.colleague.adds(lin)
  await brand.settle()
  await brand.passes(1)
  await actors.owner.adds(lin)
  await brand.settle()
  await brand.passes(1)
  await lin.follows()
  await brand.settle()
  browsers.anonymous = openBrowser('nobody', userAgents.desktop, { isTencent: () => false, route: (url) => url })
  for (const role of roles) if (role !== 'anonymous') browsers[role] = actors[role].browser
  const pages = await Promise.all(Object.values(actors).map((actor) => signedIn(brand, actor)))
  const [owner] = pages
  if (!owner) throw new Error('nobody is signed in')
  const customer = `/api/customers/${lin.externalUserId}`
  const { body } = await owner.get<CustomerView>(customer)
  const payment = await owner.post<PaymentView>(`${customer}/payments`, { amount: 100, description: '定金' })
  const note = await owner.post<NoteView>(`${customer}/notes`, { kind: 'call', text: '下周到店', remindAt: brand.clock.now().getTime() + 3600_000 })
  tencent.world.groupChats = { wrGROUP1: { name: '会员群', owner: 'mei', members: ['mei', 'wei'], customers: [lin.externalUserId] } }
  const { miniProgram, account, shop, corpId, pay } = tencent.brand
  Object.assign(places, {
    externalUserId: lin.externalUserId,
    key: body.alerts[0]?.key,
    noteId: note.body.id,
    chatId: 'wrGROUP1',
    joinId: 'none',
    'account of wecom': corpId,
    'account of mini-program': miniProgram.appId,
    mchId: pay.merchantId,
    source: 'till',
    slug: new URL(await articleOf(brand, actors.owner)).pathname.split('/').at(-1),
    id: payment.body.id,
    'account of official-account': account.appId,
    'account of wechat-shop': shop.appId,
    appId: miniProgram.appId,
    name: 'none.png',
    file: 'older.png',
  })
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

test('F5: every route has a row, and no row is about nothing', () => {
  const rows = Object.keys(matrix)
  expect({
    routesWithoutRow: brand.server.routes.filter((route) => !rows.includes(route)),
    rowsWithoutRoute: rows.filter((row) => !brand.server.routes.includes(row)),
  }).toEqual({ routesWithoutRow: [], rowsWithoutRoute: [] })
})

const cells = Object.entries(matrix).flatMap(([route, [answers, ask = {}]]) =>
  roles.map((role) => [route, role, typeof answers === 'string' ? answers : (answers[role] ?? answers.else), ask] as const),
)

test.each(cells)('F5: %s by %s: %s', async (route, role, expected, how) => {
  const { status, text } = await asked(route, role, how)
  const code = text.startsWith('{"error"') ? (JSON.parse(text) as ErrorAnswer).error.code : ''
  expect(`${status} ${code}`.trim()).toBe(expected)
  expect(status >= 400 ? text : '').not.toMatch(/林小姐|小梅|小周/)
})

/** The route as that role's browser asks it. */
async function asked(route: string, role: Role, { body, accept = 'application/json' }: Ask): Promise<{ status: number; text: string }> {
  const [method = '', path = ''] = route.split(' ')
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(places[`${name} of ${path.split('/')[2]}`] ?? places[name] ?? ''))
  const publicUrl = String(brand.env['PUBLIC_URL'])
  const content = typeof body === 'function' ? body() : body
  const headers = { accept, origin: publicUrl, ...(content ? { 'content-type': 'application/json' } : {}) }
  const response = await browsers[role].request(publicUrl + filled, { method, headers, ...(content ? { body: JSON.stringify(content) } : {}) })
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
  if (isStream) await response.body?.cancel()
  return { status: response.status, text: isStream ? '' : await response.text() }
}
