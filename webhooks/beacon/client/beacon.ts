import { createQueue } from './queue.ts'
import type { Answer, Beacon, BeaconOptions, ConsentState, Platform, QueuedEvent } from './types.ts'

interface Session {
  token: string
  expiresAt: number
  notice?: ConsentState
}

const batch = 50
const gatherMs = 1_500
const firstWaitMs = 2_000
const longestWaitMs = 5 * 60_000

/** The beacon, whatever it runs on: note, gather, send, wait longer after each failure, stop where the customer says no. */
export function createBeacon(options: BeaconOptions, platform: Platform): Beacon {
  const url = `${options.server.replace(/\/+$/, '')}/beacon/${options.appId}`
  const name = `beacon:${options.appId}`
  const queue = createQueue(platform, `${name}:queue`)
  let session = platform.read(`${name}:session`) as Session | null
  let refused = platform.read(`${name}:refused`) === true
  let failures = 0
  let waiting = false
  let sending: Promise<void> | null = null
  /** What the customer decided before there was a session to say it in. */
  let answer: boolean | null = null

  function keep(next: Session | null): void {
    session = next
    platform.write(`${name}:session`, next)
  }

  function stop(): void {
    refused = true
    platform.write(`${name}:refused`, true)
    queue.clear()
  }

  function tellConsent(state: ConsentState): void {
    if (session) keep({ ...session, notice: state })
    if (state.consent === 'refused') stop()
    // What was done before they agreed is not told afterwards.
    if (state.consent === 'needed') queue.clear()
    safely(() => options.onConsent?.(state))
  }

  async function open(): Promise<Session | null> {
    if (session && session.expiresAt > Date.now() + 60_000) return session
    const code = await (options.login ?? platform.login)()
    if (!code) return null
    const { status, body, retryAfter } = await platform.post(`${url}/session`, { code }, null)
    if (status !== 200) throw new Failed(retryAfter)
    keep(body as Session)
    if (session?.notice) tellConsent(session.notice)
    return session
  }

  async function tellAnswer({ token, notice }: Session): Promise<void> {
    if (answer === null || !notice) return
    const said = answer ? 'agree' : notice.consent === 'needed' ? 'decline' : 'withdraw'
    const { status, body, retryAfter } = await platform.post(`${url}/consent`, { version: notice.version, answer: said }, token)
    if (status === 409) keep(null)
    if (status !== 200) throw new Failed(retryAfter)
    answer = null
    tellConsent(body as ConsentState)
  }

  /** False: these events are not to be sent again. */
  function isToRepeat({ status, body }: Answer): boolean {
    const code = codeIn(body)
    if (status === 401) keep(null)
    else if (status === 403 && code === 'consent-refused') stop()
    else if (status === 403 && code === 'consent-needed') {
      if (session?.notice) tellConsent({ ...session.notice, consent: 'needed' })
    } else if (status < 500 && status !== 408 && status !== 429) return problem(`refused with ${status} ${code}`)
    return true
  }

  function problem(text: string): false {
    safely(() => options.onProblem?.(text))
    return false
  }

  async function sendAll(): Promise<void> {
    const ready = await open()
    if (!ready) return
    await tellAnswer(ready)
    while (!refused && session) {
      const events = queue.first(batch, Date.now())
      if (events.length === 0) return
      const answered = await platform.post(url, { events }, session.token)
      if (answered.status !== 200 && isToRepeat(answered)) throw new Failed(answered.retryAfter)
      for (const rejected of rejectedIn(answered.body)) problem(rejected)
      queue.remove(events.map(({ id }) => id), Date.now())
    }
  }

  async function flush(): Promise<void> {
    if (refused && answer === null) return
    // Put away by itself: of two who wait for it, the second must not put away what the first has begun anew.
    sending ??= sendAll()
      .then(
        () => void (failures = 0),
        (error: unknown) => again(error instanceof Failed ? error.retryAfter : null),
      )
      .then(() => void (sending = null))
    await sending
  }

  function again(retryAfter: number | null): void {
    const waitMs = Math.min(firstWaitMs * 2 ** failures, longestWaitMs)
    failures += 1
    sendLater(Math.max(waitMs, (retryAfter ?? 0) * 1_000))
  }

  function sendLater(ms: number): void {
    if (waiting) return
    waiting = true
    platform.later(() => {
      waiting = false
      void flush()
    }, ms)
  }

  const beacon: Beacon = {
    track: (kind, details = {}) =>
      safely(() => {
        if (refused || session?.notice?.consent === 'needed') return
        // A copy: the page may change its own, and what cannot be sent is refused here and not at every try.
        queue.add(JSON.parse(JSON.stringify({ id: newId(), at: Date.now(), kind, ...details })) as QueuedEvent)
        if (failures === 0) sendLater(gatherMs)
      }),
    consent: (agreed) =>
      safely(() => {
        answer = agreed
        if (agreed) {
          refused = false
          platform.write(`${name}:refused`, null)
        } else stop()
        // What is on its way has passed the point where an answer is told.
        void Promise.resolve(sending).then(flush)
      }),
    flush,
    page: (page) => {
      const { onShow } = page as { onShow?: (this: unknown) => unknown }
      return {
        ...page,
        onShow(this: { route?: string }) {
          viewed(this.route ?? '', '')
          return onShow?.call(this)
        },
      }
    },
  }

  let last = { path: '', at: 0 }
  /** A route is told by the page and by the app: within a second it is one view. */
  function viewed(path: string, title: string): void {
    const now = Date.now()
    if (path === last.path && now - last.at < 1_000) return
    last = { path, at: now }
    beacon.track('view-page', { item: { id: path.slice(0, 128) || '/', ...(title ? { title: title.slice(0, 200) } : {}) } })
  }

  safely(() => {
    if (options.pageViews !== false) platform.onPage(viewed)
    platform.onMoment(() => void flush())
    // The login first: where WeChat's sign-in page is on the way, the customer has seen little of this one yet.
    void flush()
  })
  return beacon
}

class Failed extends Error {
  readonly retryAfter: number | null
  constructor(retryAfter: number | null) {
    super('not taken')
    this.retryAfter = retryAfter
  }
}

/** The mall's page must not notice us. */
function safely(work: () => void): void {
  try {
    work()
  } catch {
    // Nothing that a customer or their page could do about it.
  }
}

function newId(): string {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 12)}`
}

function codeIn(body: unknown): string {
  return String((body as { error?: { code?: unknown } } | undefined)?.error?.code ?? '')
}

function rejectedIn(body: unknown): string[] {
  const list = (body as { rejected?: { id: string | null; problem: string }[] } | undefined)?.rejected ?? []
  return list.map(({ id, problem }) => `${id}: ${problem}`)
}
