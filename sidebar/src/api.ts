import type {
  ContentListView,
  CustomerSharesView,
  CustomerTagsView,
  CustomerView,
  ErrorAnswer,
  ErrorCode,
  FeedbackRequest,
  GroupChatView,
  InboxView,
  JoinChangedView,
  JoinListView,
  LinkRateView,
  LinkWayView,
  MemberSharesView,
  NoteChangeRequest,
  NoteListView,
  NoteRequest,
  NoteView,
  OrderListView,
  PageSignature,
  PaymentListView,
  PaymentRequest,
  PaymentView,
  PortraitView,
  ReminderEndRequest,
  ReminderRequest,
  ReminderView,
  SentRequest,
  SessionView,
  ShareChainsView,
  SignatureRequest,
  TagCatalogueView,
  TagsRequest,
} from '../../server/http/contract.ts'

/** Why a question to our server was not answered; `offline` and `server-down` pass by themselves. */
export type Reason = Exclude<ErrorCode, 'unavailable' | 'internal'> | 'offline' | 'server-down'

export interface Problem {
  reason: Reason
  /** A Chinese sentence for people, from the server; empty when no answer came. */
  message: string
  details: Record<string, string>
}

export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem }

/** mine; or, for managers, what the members of their departments have. */
export type InboxScope = 'mine' | 'team'

export type InboxFilter = 'open' | 'following' | 'done' | 'all'

/** One answer of ours takes at most this long; then the server counts as down. */
const patienceMs = 10_000

export interface Api {
  session(): Promise<Answer<SessionView>>
  customer(externalUserId: string, before?: number): Promise<Answer<CustomerView>>
  inbox(filter: InboxFilter, scope: InboxScope): Promise<Answer<InboxView>>
  content(): Promise<Answer<ContentListView>>
  payments(externalUserId: string): Promise<Answer<PaymentListView>>
  /** Asks the customer to pay. Never repeated by itself: each is a payment of its own. */
  askForPayment(externalUserId: string, request: PaymentRequest): Promise<Answer<PaymentView>>
  /** Why identities count as this customer (operators). */
  joins(externalUserId: string): Promise<Answer<JoinListView>>
  /** Takes a join back, or lets it stand again (operators). */
  changeJoin(joinId: string, how: 'undo' | 'redo'): Promise<Answer<JoinChangedView>>
  portrait(externalUserId: string): Promise<Answer<PortraitView>>
  /** Every tag of the company. */
  tags(): Promise<Answer<TagCatalogueView>>
  changeTags(externalUserId: string, request: TagsRequest): Promise<Answer<CustomerTagsView>>
  orders(externalUserId: string): Promise<Answer<OrderListView>>
  notes(externalUserId: string): Promise<Answer<NoteListView>>
  /** With the same `id` once, however often it is sent. */
  addNote(externalUserId: string, request: NoteRequest): Promise<Answer<NoteView>>
  changeNote(noteId: string, request: NoteChangeRequest): Promise<Answer<NoteView>>
  removeNote(noteId: string): Promise<Answer<null>>
  remind(externalUserId: string, request: ReminderRequest): Promise<Answer<ReminderView>>
  endReminder(noteId: string, request: ReminderEndRequest): Promise<Answer<null>>
  groupChat(chatId: string): Promise<Answer<GroupChatView>>
  /** Per article, which of the member's own customers shared it; and what one customer shared. Counts only. */
  myShares(): Promise<Answer<MemberSharesView>>
  customerShares(externalUserId: string): Promise<Answer<CustomerSharesView>>
  /** By which way this customer can be linked. */
  linkWay(externalUserId: string): Promise<Answer<LinkWayView>>
  /** For operators. */
  shareChains(): Promise<Answer<ShareChainsView>>
  linkRate(): Promise<Answer<LinkRateView>>
  signature(request: SignatureRequest): Promise<Answer<PageSignature>>
  /** POST of something the member did; paths come from `feedbackPath` and `sentPath`. */
  act<T>(path: string, body: FeedbackRequest | SentRequest): Promise<Answer<T>>
}

function customerPath(externalUserId: string): string {
  return `/api/customers/${encodeURIComponent(externalUserId)}`
}

/** Where feedback on one alert goes; the answer is a FeedbackAnswer. */
export function feedbackPath(alertKey: string): string {
  return `/api/alerts/${encodeURIComponent(alertKey)}/feedback`
}

/** Where "something was sent from our pages" is noted; the answer is empty. */
export function sentPath(externalUserId: string): string {
  return `${customerPath(externalUserId)}/sent`
}

interface ApiDeps {
  fetch: typeof fetch
  /** False when the device itself knows that it has no network. */
  online(): boolean
  /** The session is missing or over. */
  onSignedOut(): void
}

type Ask = <T>(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<Answer<T>>

/**
 * Our server, as the pages ask it. The only caller of fetch. No outcome is thrown. What was asked `ahead` is handed to
 * whoever asks `api` the same first; until then its answer changes nothing.
 */
export function createApi(deps: ApiDeps): { api: Api; ahead: Api } {
  const begun = new Map<string, Promise<Answer<unknown>>>()
  const keyOf = (...question: unknown[]) => JSON.stringify(question)

  async function ask<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer<T>> {
    const key = keyOf(method, path, body)
    const early = begun.get(key) as Promise<Answer<T>> | undefined
    begun.delete(key)
    const answer = await (early ?? once<T>(deps, method, path, body))
    if (!answer.ok && answer.problem.reason === 'signed-out') deps.onSignedOut()
    return answer
  }
  function askAhead<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer<T>> {
    const answer = once<T>(deps, method, path, body)
    begun.set(keyOf(method, path, body), answer)
    return answer
  }
  return { api: questions(ask), ahead: questions(askAhead) }
}

function questions(ask: Ask): Api {
  return {
    session: () => ask('GET', '/api/session'),
    customer: (id, before) => ask('GET', customerPath(id) + (before === undefined ? '' : `?before=${before}`)),
    inbox: (filter, scope) => ask('GET', `/api/alerts?filter=${filter}${scope === 'team' ? '&scope=team' : ''}`),
    content: () => ask('GET', '/api/content'),
    payments: (id) => ask('GET', `${customerPath(id)}/payments`),
    askForPayment: (id, request) => ask('POST', `${customerPath(id)}/payments`, request),
    joins: (id) => ask('GET', `${customerPath(id)}/links`),
    changeJoin: (joinId, how) => ask('POST', `/api/links/${encodeURIComponent(joinId)}/${how}`, {}),
    portrait: (id) => ask('GET', `${customerPath(id)}/portrait`),
    tags: () => ask('GET', '/api/tags'),
    changeTags: (id, request) => ask('POST', `${customerPath(id)}/tags`, request),
    orders: (id) => ask('GET', `${customerPath(id)}/orders`),
    notes: (id) => ask('GET', `${customerPath(id)}/notes`),
    addNote: (id, request) => ask('POST', `${customerPath(id)}/notes`, request),
    changeNote: (noteId, request) => ask('POST', `/api/notes/${encodeURIComponent(noteId)}`, request),
    removeNote: (noteId) => ask('POST', `/api/notes/${encodeURIComponent(noteId)}/delete`, {}),
    remind: (id, request) => ask('POST', `${customerPath(id)}/reminders`, request),
    endReminder: (noteId, request) => ask('POST', `/api/reminders/${encodeURIComponent(noteId)}`, request),
    groupChat: (chatId) => ask('GET', `/api/group-chats/${encodeURIComponent(chatId)}`),
    myShares: () => ask('GET', '/api/shares'),
    customerShares: (id) => ask('GET', `${customerPath(id)}/shares`),
    linkWay: (id) => ask('GET', `${customerPath(id)}/link-way`),
    shareChains: () => ask('GET', '/api/operator/shares'),
    linkRate: () => ask('GET', '/api/operator/link-rate'),
    signature: (request) => ask('POST', '/api/jssdk/signature', request),
    act: (path, body) => ask('POST', path, body),
  }
}

async function once<T>(deps: ApiDeps, method: string, path: string, body: unknown): Promise<Answer<T>> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), patienceMs)
  try {
    const response = await deps.fetch(path, {
      method,
      signal: stop.signal,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return response.ok ? read<T>(text) : { ok: false, problem: problemOf(text) }
  } catch {
    // fetch rejects for one reason only: no answer came. Which side is silent, the device knows.
    return { ok: false, problem: silence(deps.online() ? 'server-down' : 'offline') }
  } finally {
    clearTimeout(timer)
  }
}

function silence(reason: 'server-down' | 'offline'): Problem {
  return { reason, message: '', details: {} }
}

/** An answer of 2xx: the shape is promised by contract.ts, which the server's own tests hold; empty for 204. */
function read<T>(text: string): Answer<T> {
  const value = text === '' ? null : parsed(text)
  return value === undefined ? { ok: false, problem: silence('server-down') } : { ok: true, value: value as T }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // a proxy's HTML page in place of our answer
  }
}

function problemOf(text: string): Problem {
  const answer = parsed(text) as Partial<ErrorAnswer> | null | undefined
  const error = answer?.error
  if (!error || error.code === 'unavailable' || error.code === 'internal') return silence('server-down')
  return { reason: error.code, message: error.message, details: error.details ?? {} }
}
