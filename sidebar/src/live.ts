import type { LiveMessage } from '../../server/http/contract.ts'

export interface LiveListener {
  /** Something changed; arrives within a second of the server's knowing. */
  message(message: LiveMessage): void
  /** The line was cut and is back: what was missed in between must be read again. */
  caughtUp(): void
}

export interface Live {
  /** Listens until the returned function is called. The line is open while anybody listens. */
  listen(listener: LiveListener): () => void
}

interface LiveDeps {
  connect(): EventSource
}

const kinds: readonly LiveMessage['kind'][] = ['alert', 'alert-changed', 'customer']
const firstWaitMs = 1_000
const longestWaitMs = 30_000

/**
 * The one line to GET /api/live for all of the page. A browser reconnects by itself only after a cut; after an HTTP
 * error it gives up for good, so we knock again with growing pauses.
 */
export function createLive({ connect }: LiveDeps): Live {
  const listeners = new Set<LiveListener>()
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitMs = firstWaitMs
  let openedBefore = false

  function open(): void {
    clearTimeout(timer)
    const line = connect()
    source = line
    line.addEventListener('open', () => {
      waitMs = firstWaitMs
      if (openedBefore) for (const one of listeners) one.caughtUp()
      openedBefore = true
    })
    line.addEventListener('error', () => {
      if (source === line && line.readyState === 2) knockAgain()
    })
    for (const kind of kinds) line.addEventListener(kind, (event) => tell(event as MessageEvent<string>))
  }
  function tell(event: MessageEvent<string>): void {
    const message = JSON.parse(event.data) as LiveMessage
    for (const one of listeners) one.message(message)
  }
  function knockAgain(): void {
    openedBefore = true
    timer = setTimeout(open, waitMs)
    waitMs = Math.min(waitMs * 2, longestWaitMs)
  }
  function close(): void {
    clearTimeout(timer)
    source?.close()
    source = null
    openedBefore = false
  }
  return {
    listen(listener) {
      listeners.add(listener)
      if (!source) open()
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) close()
      }
    },
  }
}
