import { createServer } from 'node:net'
import type { Server as NetServer, Socket } from 'node:net'
import type { Connection, Server } from './commands/command.ts'
import { checkOptions } from './commands/command.ts'
import { commandNamed } from './commands/table.ts'
import { errorFields } from './errors.ts'
import type { Doc, Value } from './values.ts'
import type { Request } from './wire.ts'
import { createFramer, encodeReply, readRequest } from './wire.ts'

/** Where clients come in: a unix socket, or TCP. */
export type Endpoint = { socketPath: string } | { host: string, port: number }

/** How long the engine outlives its clients: `first` ms for the first to come, `last` ms after the last has gone. */
export type Patience = { first: number, last: number }

/** A running server. */
export type Listening = { port: number | null, close(): Promise<void> }

/** Answers clients until nobody has been connected for a while; then calls `onIdle` (never, if `patience` is null). */
export async function serve(server: Server, endpoint: Endpoint, patience: Patience | null, onIdle: () => void): Promise<Listening> {
  const sockets = new Set<Socket>()
  let nextId = 1
  let timer: NodeJS.Timeout | null = null
  const wait = (ms: number | undefined): void => {
    if (ms !== undefined && sockets.size === 0) timer = setTimeout(onIdle, ms)
  }
  const net = createServer({ noDelay: true }, (socket) => {
    if (timer !== null) clearTimeout(timer)
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      wait(patience?.last)
    })
    attend(server, socket, { id: nextId++, address: addressOf(endpoint, socket) })
  })
  const port = await listen(net, endpoint)
  wait(patience?.first)
  return {
    port,
    async close() {
      const closed = new Promise((resolve) => net.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function addressOf(endpoint: Endpoint, socket: Socket): string {
  if ('socketPath' in endpoint) return endpoint.socketPath
  const host = socket.localAddress ?? endpoint.host
  return `${host.includes(':') ? `[${host}]` : host}:${socket.localPort ?? endpoint.port}`
}

/** The socket file is made readable and writable for its owner only. */
async function listen(net: NetServer, endpoint: Endpoint): Promise<number | null> {
  const mask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      net.once('error', reject)
      net.listen('socketPath' in endpoint ? { path: endpoint.socketPath } : endpoint, resolve)
    })
  } finally {
    process.umask(mask)
  }
  const address = net.address()
  return typeof address === 'object' && address !== null ? address.port : null
}

/** One client: requests are answered one after the other, as they come. */
function attend(server: Server, socket: Socket, connection: Connection): void {
  let last = Promise.resolve()
  let nextReply = 1
  const frame = createFramer((message) => {
    last = last.then(() => answerMessage(message))
  })

  async function answerMessage(message: Buffer): Promise<void> {
    const request = readRequest(message)
    const body = await answer(server, request, connection)
    if (request.reply && socket.writable) socket.write(encodeReply(request, nextReply++, body, server.engine.now()))
  }

  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    try {
      frame(chunk)
      last = last.catch(() => void socket.destroy())
    } catch {
      socket.destroy()
    }
  })
}

async function answer(server: Server, { command }: Request, connection: Connection): Promise<Doc | Buffer> {
  const name = command.keys().next().value ?? ''
  try {
    const entry = commandNamed(name)
    checkOptions(name, command, entry.options)
    return await entry.run(server, command, connection)
  } catch (error) {
    const fields = errorFields(error)
    if (fields.get('code') === 1) console.error(new Date().toISOString(), name, error)
    return new Map<string, Value>([['ok', 0], ...fields])
  }
}
