import type { Connection } from 'mongoose'
import type { Log } from '../../ports/log.ts'

export interface ReopenDeps {
  connection: Connection
  /** Opens the connection anew; what must hear the new client's events is attached here. */
  open(): Promise<void>
  /** Longest time a heartbeat may take that does not wait for news at the server. */
  heartbeatMs: number
  log: Log
}

/** How long a streaming heartbeat waits at the server: the driver's heartbeatFrequencyMS. */
const awaitMs = 10_000
const againMs = 1000

/**
 * Opens the connection anew when the driver's monitor is stuck. The driver (7.8) waits for `drain` after writing to a
 * socket that the server has just closed, and for ever: a heartbeat that began in that moment, which is likely while a
 * server stops with requests under way, neither succeeds nor fails, and the server would never be found again.
 */
export function createReopener({ connection, open, heartbeatMs, log }: ReopenDeps): { watch(): void; stop(): void } {
  const beating = new Map<string, NodeJS.Timeout>()
  let stopped = false

  function settle(address: string): void {
    clearTimeout(beating.get(address))
    beating.delete(address)
  }

  function settleAll(): void {
    for (const address of beating.keys()) settle(address)
  }

  function watch(): void {
    const client = connection.getClient()
    client.on('serverHeartbeatStarted', ({ connectionId, awaited }) => {
      settle(connectionId)
      if (stopped) return
      const timer = setTimeout(() => void reopen(), heartbeatMs + (awaited ? awaitMs : 0))
      beating.set(connectionId, timer.unref())
    })
    client.on('serverHeartbeatSucceeded', ({ connectionId }) => settle(connectionId))
    client.on('serverHeartbeatFailed', ({ connectionId }) => settle(connectionId))
    client.on('serverClosed', ({ address }) => settle(address))
  }

  async function reopen(): Promise<void> {
    settleAll()
    log.warn({}, 'store does not answer its heartbeat: connecting anew')
    try {
      await connection.close()
      if (!stopped) await open()
    } catch (error) {
      log.warn({ code: error instanceof Error ? error.name : 'unknown' }, 'store not found yet')
      if (!stopped) setTimeout(() => void reopen(), againMs).unref()
    }
  }

  return {
    watch,
    stop() {
      stopped = true
      settleAll()
    },
  }
}
