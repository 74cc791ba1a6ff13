import type { Browser } from '../fake-tencent/browser.ts'
import type { LiveMessage, LiveOpened } from '../../server/http/contract.ts'
import type { TestBrand } from './open-brand.ts'

/** An open GET /api/live, as EventSource has it. */
export interface LiveStream {
  status: number
  headers: Headers
  /** Messages so far. */
  heard: LiveMessage[]
  /** What the server said first; null: nothing yet. */
  opened(): LiveOpened | null
  /** Comment lines so far. */
  beats(): number
  /** Resolves with the first message that fits, heard already or within the time (default: half a minute); else rejects. */
  until(fits: (message: LiveMessage) => boolean, withinMs?: number): Promise<LiveMessage>
  /** Resolves when the server has ended the stream. */
  ended: Promise<void>
  close(): void
}

/** Opens the stream with the browser's cookies and reads it as it comes. */
export async function openLive(brand: Pick<TestBrand, 'env'>, browser: Browser): Promise<LiveStream> {
  const stop = new AbortController()
  const url = `${brand.env['PUBLIC_URL']}/api/live`
  const response = await browser.request(url, { headers: { accept: 'text/event-stream' }, signal: stop.signal })
  const heard: LiveMessage[] = []
  const waiting = new Set<() => void>()
  let text = ''
  let beats = 0
  let opened: LiveOpened | null = null

  function take(block: string): void {
    if (block.startsWith(':')) beats += 1
    const data = /^data: (.*)$/m.exec(block)?.[1]
    if (data && block.includes('event: opened')) opened = JSON.parse(data) as LiveOpened
    else if (data) heard.push(JSON.parse(data) as LiveMessage)
    for (const look of waiting) look()
  }

  async function read(): Promise<void> {
    const decoder = new TextDecoder()
    try {
      for await (const part of response.body ?? []) {
        text += decoder.decode(part, { stream: true })
        const blocks = text.split('\n\n')
        text = blocks.pop() ?? ''
        blocks.forEach(take)
      }
    } catch (error) {
      if (!stop.signal.aborted && !(error instanceof TypeError)) throw error
    }
  }

  return {
    status: response.status,
    headers: response.headers,
    heard,
    opened: () => opened,
    beats: () => beats,
    until(fits, withinMs = 30_000) {
      return new Promise((resolve, reject) => {
        const tooLate = new Error(`nothing that fits within ${withinMs} ms`)
        const timer = setTimeout(() => end(() => reject(tooLate)), withinMs)
        const end = (settle: () => void) => {
          clearTimeout(timer)
          waiting.delete(look)
          settle()
        }
        const look = () => {
          const found = heard.find(fits)
          if (found) end(() => resolve(found))
        }
        waiting.add(look)
        look()
      })
    },
    ended: read(),
    close: () => stop.abort(),
  }
}
