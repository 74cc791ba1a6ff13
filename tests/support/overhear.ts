import { ServerResponse } from 'node:http'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'

/** Everything that one port of this process answers, while it is listened to. */
export interface Overheard {
  /** Heads and bodies, decompressed, one text per answer. */
  answers(): readonly string[]
  stop(): void
}

type Writing = (this: ServerResponse, ...args: unknown[]) => unknown

/** Notes what is written to whoever is connected to `port`, whichever client that is. */
export function overhear(port: number): Overheard {
  const heard = new Map<ServerResponse, Buffer[]>()
  const { write, end } = ServerResponse.prototype
  const noting = (original: Writing): Writing =>
    function (this: ServerResponse, ...args) {
      if (this.socket?.localPort === port) note(this, args[0])
      return original.apply(this, args)
    }
  const note = (response: ServerResponse, chunk: unknown) => {
    const chunks = heard.get(response) ?? []
    heard.set(response, chunks)
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as string))
  }
  Object.assign(ServerResponse.prototype, { write: noting(write as Writing), end: noting(end as Writing) })
  return {
    answers: () => [...heard].map(([response, chunks]) => `${JSON.stringify(response.getHeaders())}\n${textOf(response, Buffer.concat(chunks))}`),
    stop: () => void Object.assign(ServerResponse.prototype, { write, end }),
  }
}

function textOf(response: ServerResponse, body: Buffer): string {
  const open = { gzip: gunzipSync, br: brotliDecompressSync, deflate: inflateSync }[String(response.getHeader('content-encoding'))]
  return (open && body.length > 0 ? open(body) : body).toString()
}
