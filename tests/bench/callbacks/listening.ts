import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on a free port of this host and tells whoever started the process. */
export function listening(server: Server): void {
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
}

/** What the process was started with. */
export function input<T>(): T {
  return JSON.parse(process.argv.at(-1) ?? '') as T
}
