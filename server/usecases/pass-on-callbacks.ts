import { saysSomething, type ForwardAnswer, type ForwardedCallback } from '../domain/forwarded.ts'
import { nextWebhookTry } from '../domain/outgoing.ts'
import type { Clock } from '../ports/clock.ts'
import type { Forwarder, Forwards, PassedCallback, PassOn } from '../ports/forwards.ts'
import type { Log } from '../ports/log.ts'
import { inParallel } from './in-parallel.ts'

export interface PassOnCallbacksDeps {
  forwards: Forwards
  forwarder: Forwarder
  clock: Clock
  log: Log
}

const mostAtATime = 50
const atOnce = 5
/** The process that received it tries first; after this, whoever works does. */
const firstTryMs = 15_000
/** As long as the platforms themselves wait. */
const laterTimeoutMs = 5_000

/**
 * Living beside (A11): every trusted callback also goes, byte for byte, to the system that had the address before.
 * What it does not take is tried again with growing waits for 24 h; a crash in between sends once more, as the platform would.
 */
export function createPassOnCallbacks({ forwards, forwarder, clock, log }: PassOnCallbacksDeps) {
  async function attempt(callback: ForwardedCallback, isSeen: boolean, timeoutMs: number): Promise<ForwardAnswer | null> {
    const { id, channel, request, tries } = callback
    if (request === null) return null
    const started = performance.now()
    const { answer, problem } = await forwarder.send(channel, request, timeoutMs)
    const taken = answer !== null && answer.status >= 200 && answer.status < 300
    const goesBack = answer !== null && isSeen && saysSomething(answer)
    const at = clock.now()
    const tried = {
      at,
      status: answer?.status ?? null,
      problem,
      ms: Math.round(performance.now() - started),
      bytes: answer?.body.length ?? 0,
      wentBack: goesBack,
    }
    const again = taken ? null : nextWebhookTry(callback, tries.length + 1, at)
    if (!taken) log.warn({ channel, status: tried.status, problem, tries: tries.length + 1, again: again !== null }, 'callback not taken by the other system')
    const noted = forwards.note(id, tried, again ? { state: 'waiting', nextTryAt: again } : { state: taken ? 'delivered' : 'given-up', nextTryAt: at })
    if (!goesBack) return await noted, null
    // The customer's answer is here: our own store must not keep it back.
    await noted.catch((error: unknown) => notNoted(channel, error))
    return answer
  }

  function notNoted(channel: string, error: unknown): null {
    log.warn({ channel, reason: error instanceof Error ? error.name : 'unknown' }, 'passing on was not noted')
    return null
  }

  function fresh({ id, channel, request }: PassedCallback): ForwardedCallback {
    const now = clock.now()
    const nextTryAt = new Date(now.getTime() + firstTryMs)
    return { id, channel, request, createdAt: now, nextTryAt, state: 'waiting', tries: [] }
  }

  const passOn: PassOn = {
    keep: (callback) => forwards.put(fresh(callback)),
    async send(callback, timeoutMs) {
      try {
        return await attempt(fresh(callback), callback.answerIsSeen, timeoutMs)
      } catch (error) {
        return notNoted(callback.channel, error)
      }
    },
  }

  return {
    passOn,
    /** One channel's turn: tries again what is due. Returns how many were tried. */
    async due(channel: string): Promise<number> {
      const due = await forwards.due(channel, clock.now(), mostAtATime)
      await inParallel(atOnce, due, (callback) => attempt(callback, false, laterTimeoutMs))
      return due.length
    },
  }
}
