import type { Clock } from '../../ports/clock.ts'
import type { HighWater } from '../../ports/high-water.ts'
import type { Inbox } from '../../ports/inbox.ts'
import { createRegistry, type Registry } from './registry.ts'

/** One call of a platform's API: `errcode` `0`, its refusal, or `unreachable`. `api` is a path without any id. */
export interface ApiCall {
  api: string
  errcode: string
  seconds: number
}

/** What of an answer is looked at when it is over. */
export interface Answer {
  statusCode: number
  writableFinished: boolean
  once(event: 'close', listener: () => void): unknown
}

export interface Metrics {
  registry: Registry
  noteCall(call: ApiCall): void
  /** A listener for the HTTP server's `request`. */
  noteRequest(request: { url?: string | undefined }, response: Answer): void
}

export interface GaugeDeps {
  inbox: Pick<Inbox, 'depth' | 'left'>
  highWater: HighWater
  /** Names of the jobs. */
  jobs: ReadonlySet<string>
  liveClients: () => number
  isWorking: () => boolean
  clock: Clock
}

const callBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const ackBounds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 3, 5]
const errcode = /^(-?\d{1,6}|unreachable|[A-Z_]{1,64})$/

/** What is counted beside the stores. */
export function createMetrics(): Metrics {
  const registry = createRegistry()
  const calls = registry.counter(
    'leads_api_calls_total',
    'Calls to Tencent by API and errcode; unreachable: no answer',
    ['api', 'errcode'],
  )
  const callSeconds = registry.histogram(
    'leads_api_call_seconds',
    'Time that Tencent took to answer',
    ['api'],
    callBounds,
  )
  const callbacks = registry.counter(
    'leads_callbacks_total',
    'Callbacks and reports by channel: accepted, refused, not-stored (503), failed',
    ['channel', 'outcome'],
  )
  const ackSeconds = registry.histogram(
    'leads_callback_seconds',
    'Time until a callback was answered',
    ['channel'],
    ackBounds,
  )
  return {
    registry,
    noteCall(call) {
      calls.add({ api: call.api, errcode: errcode.test(call.errcode) ? call.errcode : 'other' })
      callSeconds.observe({ api: call.api }, call.seconds)
    },
    noteRequest({ url = '' }, response) {
      const channel = channelOf(url)
      if (!channel) return
      const began = performance.now()
      response.once('close', () => {
        callbacks.add({ channel, outcome: response.writableFinished ? outcomeOf(response.statusCode) : 'gone' })
        ackSeconds.observe({ channel }, (performance.now() - began) / 1000)
      })
    },
  }
}

/** What is read from the store when somebody looks. */
export function addGauges(
  { registry }: Metrics,
  { inbox, highWater, jobs, liveClients, isWorking, clock }: GaugeDeps,
): void {
  registry.gauge('leads_inbox_waiting', 'Deliveries not handled yet', [], async () => [
    { labels: {}, value: (await inbox.depth()).waiting },
  ])
  registry.gauge('leads_inbox_oldest_age_seconds', 'Age of the oldest of them; 0: none waits', [], async () => {
    const { oldest } = await inbox.depth()
    return [{ labels: {}, value: oldest ? Math.max(0, (clock.now().getTime() - oldest.getTime()) / 1000) : 0 }]
  })
  registry.gauge('leads_inbox_left', 'Deliveries that somebody has to look at, by state', ['state'], async () =>
    Object.entries(await inbox.left()).map(([state, value]) => ({ labels: { state }, value })),
  )
  registry.gauge('leads_sse_clients', 'Open pages that are told at once', [], async () => [
    { labels: {}, value: liveClients() },
  ])
  registry.gauge('leads_working', '1: this process does the work', [], async () => [
    { labels: {}, value: isWorking() ? 1 : 0 },
  ])
  registry.gauge('leads_job_last_run_timestamp_seconds', 'When the last good run of a job began', ['job'], async () => {
    const runs = await Promise.all([...jobs].map(async (job) => ({ job, mark: await highWater.get(`job:${job}`) })))
    return runs.flatMap(({ job, mark }) =>
      mark ? [{ labels: { job }, value: Math.round(mark.upTo.getTime() / 1000) }] : [],
    )
  })
}

const webhookChannels = ['official-account', 'wecom', 'wechat-shop', 'mini-program', 'wechat-pay', 'inbound'] as const
const ears: Readonly<Record<string, string>> = { beacon: 'beacon', l: 'links' }

function channelOf(url: string): string | null {
  const [, first = '', second = ''] = url.split(/[/?]/, 3)
  if (first === 'webhooks') return webhookChannels.find((name) => name === second) ?? 'unknown'
  return Object.hasOwn(ears, first) ? (ears[first] ?? null) : null
}

function outcomeOf(status: number): string {
  if (status < 400) return 'accepted'
  if (status < 500) return 'refused'
  return status === 503 ? 'not-stored' : 'failed'
}
