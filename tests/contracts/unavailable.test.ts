import { createServer, connect, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openStores, type Stores } from '../../server/adapters/mongo/connect.ts'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import { silentLog, testDatabase } from '../support/store.ts'
import { delivery, minute, openid } from './samples.ts'

/** A wire to the store that can be cut or fall silent. */
interface Wire {
  uri: string
  /** Nothing passes any more, but nobody is told. */
  fallSilent(): void
  speakAgain(): void
  /** Connections break and new ones are refused. */
  cut(): Promise<void>
  mend(): Promise<void>
}

vi.setConfig({ testTimeout: 120_000 })

const database = testDatabase()
let wire: Wire
let stores: Stores
beforeAll(async () => {
  wire = await openWire(database.uri)
  stores = await openStores({ uri: wire.uri, log: silentLog })
})
afterAll(async () => {
  await stores.close()
  await wire.cut()
  await database.drop()
})

async function openWire(uri: string): Promise<Wire> {
  const { host, path } = /^mongodb:\/\/(?:[^@/]*@)?(?<host>[^,/]+)[^/]*\/(?<path>.*)$/.exec(uri)?.groups ?? {}
  const sockets = new Set<Socket>()
  let silent = false
  const server = createServer((near) => {
    const far = dial(decodeURIComponent(host ?? ''))
    for (const [socket, peer] of [[near, far], [far, near]] as const) {
      sockets.add(socket)
      socket.on('data', (chunk) => void (silent || peer.write(chunk)))
      socket.on('error', () => peer.destroy())
      socket.on('close', () => void (sockets.delete(socket), peer.destroy()))
    }
  })
  const port = await listen(server, 0)
  const credentials = /\/\/(?<user>[^@/]*@)/.exec(uri)?.groups?.user ?? ''
  const [name, given] = (path ?? '').split('?')
  const options = new URLSearchParams(given)
  options.delete('replicaSet')
  // Else the driver would leave the wire for the address that the server gives as its own.
  options.set('directConnection', 'true')
  return {
    uri: `mongodb://${credentials}127.0.0.1:${port}/${name}?${options.toString()}`,
    fallSilent: () => void (silent = true),
    speakAgain: () => void (silent = false),
    async cut() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    mend: async () => void (await listen(server, port)),
  }
}

function dial(host: string): Socket {
  if (host.startsWith('/')) return connect(host)
  const [name, port] = host.split(':')
  return connect(Number(port ?? 27017), name)
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address ? address.port : port
}

/** How it ended and after how many milliseconds. */
async function outcomeOf(work: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const start = performance.now()
  const error = await work.then(() => null, (reason: unknown) => reason)
  return { error, ms: performance.now() - start }
}

/** Sends again after each 503, as Tencent does. */
async function sendUntilTaken(keys: readonly string[]): Promise<readonly ('stored' | 'seen')[]> {
  return vi.waitFor(() => stores.inbox.accept(keys.map((key) => delivery(key))), { timeout: 30_000, interval: 200 })
}

test('B1: a store that falls silent makes accept say so before a platform’s five seconds are over, and nothing is lost afterwards', async () => {
  expect(await stores.inbox.accept([delivery('k1')])).toEqual(['stored'])
  wire.fallSilent()
  const first = outcomeOf(stores.inbox.accept([delivery('k2')]))
  const second = outcomeOf(stores.inbox.accept([delivery('k3')]))
  for (const { error, ms } of await Promise.all([first, second])) {
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(ms).toBeLessThan(5000)
  }
  const { error, ms } = await outcomeOf(stores.ping())
  expect(error).toBeInstanceOf(StoreUnavailable)
  expect(ms).toBeLessThan(5000)
  await wire.cut()
  wire.speakAgain()
  await wire.mend()
  const again = await sendUntilTaken(['k1', 'k2', 'k3'])
  expect(again[0]).toBe('seen')
  expect((await stores.inbox.take(10, minute(0))).map(({ key }) => key).toSorted()).toEqual(['k1', 'k2', 'k3'])
})

test('B1: a store that is gone is unavailable to every port, and found again when it is back', async () => {
  await wire.cut()
  const asked = [
    stores.inbox.accept([delivery('k4')]),
    stores.people.find([openid('lin')]),
    stores.timeline.known(['e1']),
    stores.leases.hold('worker', 'one', 1000),
    stores.live.publish([{ staffId: 'mei' as never, kind: 'alert', subject: 'a1' }]),
    (async () => {
      for await (const signal of stores.signals.standing()) expect(signal).toBeUndefined()
    })(),
    stores.ping(),
  ]
  for (const { error, ms } of await Promise.all(asked.map(outcomeOf))) {
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(ms).toBeLessThan(5000)
  }
  await wire.mend()
  expect(await sendUntilTaken(['k4'])).toHaveLength(1)
})

test('I2: where no server answers, opening says so', async () => {
  const { error, ms } = await outcomeOf(openStores({ uri: 'mongodb://127.0.0.1:9/none', log: silentLog }))
  expect(error).toBeInstanceOf(StoreUnavailable)
  expect(ms).toBeLessThan(5000)
})
