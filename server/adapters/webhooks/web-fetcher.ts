import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { WebFetcher } from '../../ports/pictures.ts'
import { isAllowed } from './addresses.ts'
import { Forbidden, guardedLookup, systemResolve, type Resolve } from './sender.ts'

export interface WebFetcherDeps {
  /** Whether this host may be on our own machine or in a private network; nowhere unless told so. */
  allowsPrivate?: (host: string) => boolean
  /** Asks the DNS; for tests. */
  resolve?: Resolve
  timeoutMs?: number
}

type Result = Awaited<ReturnType<WebFetcher['get']>>

const mostRedirects = 3

/**
 * GETs a page or picture that somebody named. Where it leads is looked at when each connection is made, redirects
 * included, so that no name and no redirect reaches our own networks; 10 s for everything; no more bytes than asked for.
 * Sends nothing of us but the request.
 */
export function createWebFetcher({ allowsPrivate = () => false, resolve = systemResolve, timeoutMs = 10_000 }: WebFetcherDeps = {}): WebFetcher {
  async function follow(url: string, mostBytes: number, left: number, signal: AbortSignal): Promise<Result> {
    const target = URL.canParse(url) ? new URL(url) : null
    if (!target || !/^https?:$/.test(target.protocol) || target.username !== '') return failed('not an http or https address')
    const answer = await open(target, allowsPrivate(target.hostname), signal)
    const { statusCode = 0, headers } = answer
    if (statusCode >= 300 && statusCode < 400 && headers.location) {
      answer.destroy()
      if (left === 0) return failed('too many redirects')
      return follow(new URL(headers.location, target).href, mostBytes, left - 1, signal)
    }
    if (statusCode !== 200) return answer.destroy(), failed(`answered ${statusCode}`)
    return readUpTo(answer, mostBytes)
  }

  function open(url: URL, allowPrivate: boolean, signal: AbortSignal): Promise<IncomingMessage> {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    // A literal address is never looked up, so it is checked here.
    if (isIP(host) !== 0 && !isAllowed(host, allowPrivate)) return Promise.reject(new Forbidden())
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest
    // Some picture hosts answer only to what calls itself a browser.
    const headers = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'Mozilla/5.0 (compatible; wecom-lead-alerts)' }
    return new Promise((done, fail) => {
      const going = request(url, { method: 'GET', headers, lookup: guardedLookup(resolve, allowPrivate), agent: false, signal })
      going.once('response', done).on('error', fail).end()
    })
  }

  return {
    async get(url, mostBytes) {
      try {
        return await follow(url, mostBytes, mostRedirects, AbortSignal.timeout(timeoutMs))
      } catch (error) {
        return failed(wordsOf(error))
      }
    },
  }
}

async function readUpTo(answer: IncomingMessage, mostBytes: number): Promise<Result> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBytes) return answer.destroy(), failed(`larger than ${Math.floor(mostBytes / 1024)} KB`)
    chunks.push(chunk)
  }
  return { bytes: Buffer.concat(chunks), problem: null }
}

function failed(problem: string): Result {
  return { bytes: null, problem }
}

/** Our own words or the system's code; a message may name an address. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no connection'
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'no answer in time'
  return 'code' in error && typeof error.code === 'string' ? error.code : 'no connection'
}
