import type { ForwardAnswer } from '../../domain/forwarded.ts'
import type { Forwarder } from '../../ports/forwards.ts'

export interface ForwarderDeps {
  /** The address that had each channel's callbacks before us; its own query stays in front of the platform's. */
  targets: ReadonlyMap<string, string>
}

/** A passive reply is a few KB; more is no answer for a platform. */
const answerLimitBytes = 64 * 1024

class TooLarge extends Error {
  readonly code = 'the answer is too large'
}

/**
 * Posts callbacks to the system that had the address before us: the same bytes, query and headers. Redirects are
 * answers, never followed: a platform does not follow them either.
 */
export function createForwarder({ targets }: ForwarderDeps): Forwarder {
  return {
    async send(channel, { query, headers, body }, timeoutMs) {
      const target = targets.get(channel)
      if (target === undefined) return { answer: null, problem: 'no other system is configured' }
      try {
        const response = await fetch(addressOf(target, query), {
          method: 'POST',
          headers: { ...headers },
          body: new Uint8Array(body),
          redirect: 'manual',
          signal: AbortSignal.timeout(Math.max(1, Math.round(timeoutMs))),
        })
        const answer = { status: response.status, type: response.headers.get('content-type'), body: await readUpTo(response) }
        return { answer, problem: problemOf(answer) }
      } catch (error) {
        return { answer: null, problem: wordsOf(error) }
      }
    },
  }
}

function addressOf(target: string, query: string): string {
  if (query === '') return target
  return `${target}${target.includes('?') ? '&' : '?'}${query}`
}

async function readUpTo(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > answerLimitBytes) throw new TooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function problemOf({ status }: ForwardAnswer): string | null {
  if (status >= 300 && status < 400) return 'redirects are not followed'
  return null
}

/** Our own words or the system's code; a message may name an address. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no connection'
  if (error.name === 'TimeoutError') return 'no answer in time'
  const { code } = (error.cause ?? error) as { code?: unknown }
  return typeof code === 'string' ? code : 'no connection'
}
