import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import type {
  ContentListView,
  CustomerView,
  ErrorCode,
  FeedbackRequest,
  GroupChatView,
  InboxView,
  JoinListView,
  CustomerSharesView,
  LinkRateView,
  LinkWayView,
  LiveMessage,
  MemberSharesView,
  NoteListView,
  NoteRequest,
  OrderListView,
  PaymentListView,
  PaymentRequest,
  PaymentView,
  PortraitView,
  SentRequest,
  SessionView,
  ShareChainsView,
  TagCatalogueView,
  TagsRequest,
} from '../../server/http/contract.ts'
import { fixture } from './sidebar-fixtures.ts'

/** The ticket with which this server signs pages; give the same to the host. */
export const ticket = 'TICKET-OF-THE-TESTS'

/** A page of nothing. */
export const blankPath = '/blank'

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.png': 'image/png' }

export interface DeskNumbers {
  linkWay: LinkWayView
  memberShares: MemberSharesView
  customerShares: CustomerSharesView
  shareChains: ShareChainsView
  linkRate: LinkRateView
}

/** What the server holds and what was asked of it; a story changes it as it goes. */
export interface Desk {
  session: SessionView
  customer: CustomerView
  inbox: InboxView
  /** What a manager sees of colleagues. */
  team: InboxView
  content: ContentListView
  payments: PaymentListView
  /** Share counts and the link rate, and the way of linking this customer. */
  numbers: DeskNumbers
  /** Why identities count as this customer, for operators. */
  joins: JoinListView
  portrait: PortraitView
  tags: TagCatalogueView
  orders: OrderListView
  notes: NoteListView
  groupChat: GroupChatView
  /** How the next payment is made: a link for the customer alone, or a code to be scanned. */
  payBy: 'link' | 'code'
  /** An answer to give in place of the right one, by the beginning of the path, or by the whole of it with a `$`. */
  refuse: Map<string, { status: number; code: ErrorCode; message?: string; details?: Record<string, string> }>
  /** Leaves every question open, as a slow server does. */
  hold: boolean
  /** Drops every connection without an answer. */
  down: boolean
  posts: { path: string; body: unknown }[]
  signIns: string[]
  /** Tells the open pages. */
  push(message: LiveMessage): void
}

export interface SidebarServer {
  origin: string
  desk: Desk
  /** Everything as it was in the beginning. */
  reset(): Promise<void>
  close(): Promise<void>
}

/** Serves built pages beside a desk that answers as server/http/contract.ts says. */
export async function openSidebarServer(built: string): Promise<SidebarServer> {
  const lines = new Set<ServerResponse>()
  /** What was to be told before a page listened. */
  const untold: LiveMessage[] = []
  const desk = {} as Desk

  async function reset(): Promise<void> {
    const [session, customer, inbox, content, joins, portrait, tags, orders, notes, groupChat] = await Promise.all([
      fixture<SessionView>('session'),
      fixture<CustomerView>('customer'),
      fixture<InboxView>('inbox'),
      fixture<ContentListView>('content'),
      fixture<JoinListView>('joins'),
      fixture<PortraitView>('portrait'),
      fixture<TagCatalogueView>('tags'),
      fixture<OrderListView>('orders'),
      fixture<NoteListView>('notes'),
      fixture<GroupChatView>('group-chat'),
    ])
    const numbers = await fixture<DeskNumbers>('numbers')
    const push = (message: LiveMessage) => {
      if (lines.size === 0) untold.push(message)
      for (const line of lines) tell(line, message)
    }
    for (const line of lines) line.destroy()
    lines.clear()
    untold.length = 0
    const calm = { refuse: new Map(), hold: false, down: false, posts: [], signIns: [], payBy: 'link', payments: { now: session.now, payments: [] } }
    const team = structuredClone({ ...inbox, alerts: inbox.alerts.slice(0, 2).map((alert) => ({ ...alert, ownerName: '小周' })) })
    Object.assign(desk, { numbers, session, customer, inbox, team, content, joins, portrait, tags, orders, notes, groupChat, push, ...calm })
  }
  await reset()
  const server = createServer((request, response) => {
    if (desk.down && request.url?.startsWith('/api/')) request.socket.destroy()
    else if (request.url?.startsWith('/api/live')) listen(response)
    else if (desk.hold && request.url?.startsWith('/api/')) request.resume()
    else if (request.url?.startsWith('/api/')) void answer(desk, request, response)
    else if (request.url === blankPath) response.writeHead(200, { 'Content-Type': 'text/html' }).end()
    else void serve(built, request.url ?? '/', response)
  })
  function listen(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    response.write(': open\n\n')
    lines.add(response)
    for (const message of untold.splice(0)) tell(response, message)
    response.on('close', () => lines.delete(response))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://localhost:${port}`,
    desk,
    reset,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function tell(line: ServerResponse, message: LiveMessage): void {
  line.write(`event: ${message.kind}\ndata: ${JSON.stringify(message)}\n\n`)
}

async function serve(root: string, url: string, response: ServerResponse): Promise<void> {
  const path = normalize(new URL(url, 'http://localhost').pathname.replace(/^\/sidebar\/?/, '') || 'index.html')
  try {
    const bytes = await readFile(join(root, path))
    // As server/http/pages.ts does.
    const keeping = path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    response.writeHead(200, { 'Content-Type': types[extname(path)] ?? 'application/octet-stream', 'Cache-Control': keeping }).end(bytes)
  } catch {
    response.writeHead(404).end() // no such file in the build
  }
}

async function answer(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const refused = [...desk.refuse].find(([path]) => `${url.pathname}$`.startsWith(path))?.[1]
  const say = (status: number, body: unknown) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(body === null ? '' : JSON.stringify(body))
  if (url.pathname === '/api/session') {
    // The readable mark comes and goes with the session, as server/http/session.ts sets it.
    const mark = refused && !url.searchParams.has('return') ? '; Max-Age=0' : desk.session.mark
    response.setHeader('Set-Cookie', `staff-mark=${mark}; Path=/`)
  }
  if (url.searchParams.has('return')) {
    desk.signIns.push(url.searchParams.get('return') ?? '')
    response.writeHead(302, { Location: url.searchParams.get('return') ?? '/' }).end()
    return
  }
  if (refused) {
    const { status, code, message = '', details = {} } = refused
    say(status, { error: { code, message, details } })
    return
  }
  if (request.method === 'POST') say(...post(desk, url.pathname, await bodyOf(request)))
  else say(...get(desk, url))
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString())
}

function get(desk: Desk, url: URL): [number, unknown] {
  const { linkWay, memberShares, customerShares, shareChains, linkRate } = desk.numbers
  if (url.pathname === '/api/shares') return [200, memberShares]
  if (url.pathname === '/api/operator/shares') return [200, shareChains]
  if (url.pathname === '/api/operator/link-rate') return [200, linkRate]
  if (url.pathname.endsWith('/shares')) return [200, customerShares]
  if (url.pathname.endsWith('/link-way')) return [200, linkWay]
  if (url.pathname === '/api/session') return [200, desk.session]
  if (url.pathname === '/api/content') return [200, desk.content]
  if (url.pathname === '/api/alerts') return [200, url.searchParams.get('scope') === 'team' ? desk.team : desk.inbox]
  if (url.pathname.endsWith('/payments')) return [200, desk.payments]
  if (url.pathname === '/api/tags') return [200, desk.tags]
  if (url.pathname.endsWith('/portrait')) return [200, desk.portrait]
  if (url.pathname.endsWith('/orders')) return [200, desk.orders]
  if (url.pathname.endsWith('/notes')) return [200, desk.notes]
  if (url.pathname.startsWith('/api/group-chats/')) return [200, desk.groupChat]
  if (url.pathname.endsWith('/links')) return [200, desk.joins]
  if (url.pathname.startsWith('/api/customers/')) return [200, desk.customer]
  return [404, { error: { code: 'not-found', message: '没有这个地址。' } }]
}

function post(desk: Desk, path: string, body: unknown): [number, unknown] {
  if (path === '/api/jssdk/signature') return [200, sign((body as { url: string }).url)]
  desk.posts.push({ path, body })
  if (path.endsWith('/sent')) {
    const { alertKey } = body as SentRequest
    desk.customer.alerts = desk.customer.alerts.filter(({ key }) => key !== alertKey)
    return [204, null]
  }
  if (path.endsWith('/payments')) return [201, newPayment(desk, body as PaymentRequest)]
  if (path.endsWith('/tags')) return [200, changedTags(desk, body as TagsRequest)]
  if (path.endsWith('/notes')) return [201, newNote(desk, body as NoteRequest)]
  if (path.startsWith('/api/reminders/') || path.endsWith('/delete')) return [204, endedNote(desk, path)]
  if (path.startsWith('/api/links/')) return [200, changedJoin(desk, path)]
  const key = decodeURIComponent(path.split('/')[3] ?? '')
  const { action } = body as FeedbackRequest
  const alert = [...desk.customer.alerts, ...desk.inbox.alerts].find((one) => one.key === key)
  return [200, { alert, undoUntil: action === 'undo' ? null : desk.session.now + 10_000 }]
}

function changedTags(desk: Desk, { add = [], remove = [] }: TagsRequest): Pick<PortraitView, 'tags'> {
  const all = desk.tags.groups.flatMap(({ name: groupName, tags }) => tags.map((tag) => ({ ...tag, groupName })))
  const kept = desk.portrait.tags.filter(({ id }) => !remove.includes(id))
  desk.portrait.tags = [...kept, ...all.filter(({ id }) => add.includes(id))]
  return { tags: desk.portrait.tags }
}

function newNote(desk: Desk, { id = 'note', kind, text, remindAt = null }: NoteRequest) {
  const note = { id, kind, text, at: desk.session.now, edited: false, by: null, changeable: true, remindAt }
  desk.notes.notes.unshift(note)
  if (remindAt !== null) desk.customer.reminders = [{ id, at: remindAt, text, mine: true, forName: null }]
  return note
}

function endedNote(desk: Desk, path: string): null {
  const id = path.split('/')[3]
  if (path.endsWith('/delete')) desk.notes.notes = desk.notes.notes.filter((note) => note.id !== id)
  desk.notes.reminders = desk.notes.reminders.filter((reminder) => reminder.id !== id)
  return null
}

function changedJoin(desk: Desk, path: string): { changed: boolean; persons: string[][] } {
  const changed = desk.joins.joins.find(({ id }) => id === path.split('/')[3])
  if (changed) changed.undone = path.endsWith('/undo') ? desk.session.now : null
  return { changed: true, persons: [] }
}

function newPayment(desk: Desk, { amount, description }: PaymentRequest): PaymentView {
  const now = desk.session.now
  const made: PaymentView = {
    id: `p${desk.payments.payments.length + 1}`,
    amount,
    description,
    state: 'open',
    refunded: 0,
    url: desk.payBy === 'link' ? 'https://crm.example.com/pay/0123456789abcdef0123456789abcdef' : null,
    code: desk.payBy === 'code' ? 'weixin://wxpay/bizpayurl?pr=p4lpSuKzz' : null,
    createdAt: now,
    expiresAt: now + 2 * 3600_000,
    paidAt: null,
  }
  desk.payments.payments.unshift(made)
  return made
}

function sign(url: string): { timestamp: number; nonceStr: string; signature: string } {
  const [timestamp, nonceStr] = [1772714220, 'nonce']
  const text = `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${url}`
  return { timestamp, nonceStr, signature: createHash('sha1').update(text).digest('hex') }
}
