import { connect, createServer, type AddressInfo } from 'node:net'

export interface StandaloneWire {
  uri: string
  close(): Promise<void>
}

/**
 * A store as a standalone server shows itself: whatever it says passes, but no answer has the field `setName`, by which
 * the members of a replica set are known (the name is replaced by one of the same length, so that BSON stays whole).
 */
export async function standaloneWire(uri: string): Promise<StandaloneWire> {
  const { host = '', path = '' } = /^mongodb:\/\/(?<host>[^/]+)\/(?<path>.*)$/.exec(uri)?.groups ?? {}
  const server = createServer((near) => {
    const far = dial(decodeURIComponent(host))
    near.pipe(far)
    far.on('data', (chunk: Buffer) => void near.write(Buffer.from(chunk.toString('latin1').replaceAll('setName\0', 'noNames\0'), 'latin1')))
    for (const [socket, peer] of [[near, far], [far, near]] as const) {
      socket.on('error', () => peer.destroy())
      socket.on('close', () => peer.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const [name, given] = path.split('?')
  const options = new URLSearchParams(given)
  options.delete('replicaSet')
  options.set('directConnection', 'true')
  return {
    uri: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/${name}?${options.toString()}`,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  }
}

function dial(host: string) {
  if (host.startsWith('/')) return connect(host)
  const [name, port] = host.split(':')
  return connect(Number(port ?? 27017), name)
}
