import type { LiveMessage, LiveOpened } from '../../server/http/contract.ts'

export interface LiveListener {
  /** Something changed; arrives within a second of the server's knowing. */
  message(message: LiveMessage): void
  /** Something may have been missed, before the line first opened or while it was cut: it must be read again. */
  caughtUp(): void
}

export interface Live {
  /** Listens until the returned function is called. The line is open while anybody listens. */
  listen(listener: LiveListener): () => void
}

interface LiveDeps {
  connect(): EventSource
  /** ms since the page was opened, on a clock that never jumps. */
  now?: () => number
}

const kinds: readonly LiveMessage['kind'][] = ['alert', 'alert-changed', 'customer']
const firstWaitMs = 1_000
const longestWaitMs = 30_000
/** A page asks about when it begins to listen; its answer may be of a moment earlier. */
const askedEarlierMs = 1_000

/**
 * The one line to GET /api/live for all of the page. A browser reconnects by itself only after a cut; after an HTTP
 * error it gives up for good, so we knock again with growing pauses.
 */
export function createLive({ connect, now = () => performance.now() }: LiveDeps): Live {
  const listeners = new Set<LiveListener>()
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitMs = firstWaitMs
  let openedBefore = false
  let beganAt = 0
  let listenedBefore = false

  function open(): void {
    clearTimeout(timer)
    const line = connect()
    source = line
    let isFirst = false
    line.addEventListener('open', () => {
      waitMs = firstWaitMs
      isFirst = !openedBefore
      if (openedBefore) catchUp()
      openedBefore = true
    })
    // The page asked when it began to listen: what was published from then until now, nobody told it.
    line.addEventListener('opened', (event) => {
      const { quietMs } = JSON.parse((event as MessageEvent<string>).data) as LiveOpened
      if (isFirst && quietMs <= now() - beganAt + askedEarlierMs) catchUp()
    })
    line.addEventListener('error', () => {
      if (source === line && line.readyState === 2) knockAgain()
    })
    for (const kind of kinds) line.addEventListener(kind, (event) => tell(event as MessageEvent<string>))
  }
  function catchUp(): void {
    for (const one of listeners) one.caughtUp()
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
      if (!source) {
        // What the page shows first may have been asked for as early as it was opened: see early.ts.
        beganAt = listenedBefore ? now() : 0
        listenedBefore = true
        open()
      }
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) close()
      }
    },
  }
}
