import { createServer, type RequestListener, type Server } from 'node:http'
import { PortTaken } from './domain/errors.ts'

/** What one sender may take of us. Bodies have limits of their own (webhooks/raw-body.ts, http/api.ts). */
export interface ListenLimits {
  /** For the head of a request; a sender that trickles is let go. */
  headersTimeoutMs: number
  /** For the whole of a request, its body included. */
  requestTimeoutMs: number
  /** How often the two are looked at. */
  checkEveryMs: number
  /** A request's line and headers together; more is answered 431. */
  headerBytes: number
  /** Open at the same time, live streams of pages included; further ones are closed at once. */
  connections: number
}

export const usualListenLimits: ListenLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  checkEveryMs: 2_000,
  headerBytes: 16 * 1024,
  connections: 10_000,
}

/** Listens on `port` (0: any free one). @throws PortTaken */
export function listen(handler: RequestListener, port: number, limits: ListenLimits = usualListenLimits): Promise<Server> {
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.checkEveryMs,
      maxHeaderSize: limits.headerBytes,
    },
    handler,
  )
  server.maxConnections = limits.connections
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? new PortTaken(port, { cause: error }) : error))
    server.listen(port, () => resolve(server))
  })
}

/** Finishes requests under way; connections that only wait are let go. */
export function closeHttp(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), 50)
    server.close(() => {
      clearInterval(sweep)
      resolve()
    })
    setTimeout(() => server.closeAllConnections(), 3_000).unref()
  })
}
