import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { errorMonitor, type EventEmitter } from 'node:events'

/** Node tells of each socket as it is made, before anybody else listens to it; not of those with TLS. */
const socketsMade = 'net.client.socket'

/**
 * Ends the driver's waiting on a socket that broke. Between the end of a socket and its `close` the driver (7.8) still
 * writes to it, is told "not now", and waits for a `drain` that never comes: the command hung, and with it, for ever, the
 * connection that it had taken from the pool. Each death of the store under load cost one or two of the twenty.
 * Told when the socket breaks, the driver finds its connection closed and asks again on another. Any other socket of
 * this process says `drain` once more as it ends; nobody writes to it then.
 */
export function endBrokenWrites(): void {
  unsubscribe(socketsMade, onSocket)
  subscribe(socketsMade, onSocket)
}

function onSocket(message: unknown): void {
  const { socket } = message as { socket: EventEmitter }
  const tell = () => void socket.emit('drain')
  // Before the error itself, which the driver would hand on as it is and not ask again.
  socket.once(errorMonitor, tell)
  socket.once('close', tell)
}
