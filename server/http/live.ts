import { PassThrough } from 'node:stream'
import type { Context } from 'koa'
import type { Alerts } from '../ports/outbox.ts'
import type { Live, LiveEvent } from '../ports/live.ts'
import type { Log } from '../ports/log.ts'
import type { StaffId } from '../domain/ids.ts'
import type { LiveMessage, LiveOpened } from './contract.ts'

const heartbeatMs = 15_000
const retryMs = 1_000
/** A page that does not read is let go before it fills our memory; it reconnects and catches up. */
const mostBufferedBytes = 256 * 1024

/** Whether the session that opened a stream is over. */
type IsOver = () => Promise<boolean>

export type LiveStreams = ReturnType<typeof createLiveStreams>

/** Server-sent events: one subscription to the store for the process, one stream per open page. */
export function createLiveStreams(deps: { live: Live; alerts: Alerts; log: Log }) {
  const pages = new Map<StaffId, Map<PassThrough, IsOver>>()
  // By a clock that never jumps: one number for each member, whether a page is open or not.
  const listeningSince = performance.now()
  const newsAt = new Map<StaffId, number>()
  const subscription = deps.live.subscribe((event) => {
    newsAt.set(event.staffId, performance.now())
    void forward(event).catch(missed)
  })

  async function forward(event: LiveEvent): Promise<void> {
    const streams = pages.get(event.staffId)
    if (!streams) return
    const customer = event.kind === 'customer' ? event.subject : (await deps.alerts.get(event.subject))?.externalUserId
    const { kind, subject } = event
    const message: LiveMessage = { kind, subject, customer: customer ?? '', at: event.storedAt.getTime() }
    for (const stream of await stillOpen(streams)) send(stream, `id: ${event.id}\nevent: ${kind}\ndata: ${JSON.stringify(message)}\n\n`)
  }

  /** A session that is over hears nothing more; the page asks anew, and is told why not. */
  async function stillOpen(streams: ReadonlyMap<PassThrough, IsOver>): Promise<readonly PassThrough[]> {
    const list = [...streams]
    const over = await Promise.all(list.map(([, isOver]) => isOver()))
    for (const [index, [stream]] of list.entries()) if (over[index]) stream.end()
    return list.flatMap(([stream], index) => (over[index] ? [] : [stream]))
  }

  /** The store is away: pages notice nothing, and what they show is read anew when they are looked at. */
  function missed(error: unknown): void {
    deps.log.warn({ code: error instanceof Error ? error.name : 'unknown' }, 'live event not forwarded')
  }

  function send(stream: PassThrough, text: string): void {
    if (stream.writableLength > mostBufferedBytes) stream.destroy()
    else stream.write(text)
  }

  function quietMsOf(staffId: StaffId): number {
    return Math.floor(performance.now() - (newsAt.get(staffId) ?? listeningSince))
  }

  return {
    /** GET /api/live for one signed-in member. */
    open(ctx: Context, staffId: StaffId, isOver: IsOver): void {
      const stream = new PassThrough()
      const own = pages.get(staffId) ?? new Map<PassThrough, IsOver>()
      pages.set(staffId, own.set(stream, isOver))
      const beat = async () => {
        if (await isOver()) stream.end()
        else send(stream, ': still here\n\n')
      }
      const heartbeat = setInterval(() => void beat().catch(missed), heartbeatMs)
      stream.once('close', () => {
        clearInterval(heartbeat)
        own.delete(stream)
        if (own.size === 0) pages.delete(staffId)
      })
      ctx.req.once('close', () => stream.destroy())
      ctx.set({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' })
      ctx.set('x-accel-buffering', 'no')
      ctx.status = 200
      ctx.body = stream
      const opened: LiveOpened = { quietMs: quietMsOf(staffId) }
      stream.write(`retry: ${retryMs}\n\nevent: opened\ndata: ${JSON.stringify(opened)}\n\n`)
    },

    /** Open pages of this process. */
    count: () => [...pages.values()].reduce((sum, streams) => sum + streams.size, 0),

    close(): void {
      subscription.close()
      for (const streams of pages.values()) for (const stream of streams.keys()) stream.end()
    },
  }
}
