import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signatureProblem } from './conformance-diagnose.ts'
import type { Check } from './conformance-table.ts'

export interface ListenOptions {
  port: number
  secret: string
  key: Uint8Array
  /** Told of each request, one line. */
  say: (line: string) => void
  now: () => Date
}

export interface ConnectorCheck {
  port: number
  /** What the connector did so far. */
  checks(): readonly Check[]
  /** Resolves once every check could be made. */
  done: Promise<void>
  close(): Promise<void>
}

/** One message of the connector, by its webhook-id. */
interface Known {
  bodyHash: string
  /** Times of arrival, ms. */
  arrivals: number[]
  timestamps: string[]
}

const limitBytes = 1024 * 1024
/** A retry sooner than this hammers a server that has just said it is in trouble. */
const eagerMs = 1_000

/**
 * Takes a connector's messages and finds out what it gets wrong. The first well-signed message is answered with 503, so
 * that its retry can be looked at; all others are taken.
 */
export async function listenToConnector(options: ListenOptions): Promise<ConnectorCheck> {
  const seen = createNotes(options)
  const server = createServer((req, res) => void take(req, res, seen, options))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    checks: seen.checks,
    done: seen.done,
    close: () => closed(server),
  }
}

async function take(req: IncomingMessage, res: ServerResponse, seen: Notes, options: ListenOptions): Promise<void> {
  const body = await bodyOf(req)
  const { status, problem } = body === null ? { status: 413, problem: seen.tooLarge() } : seen.look(req, body)
  options.say(`${req.method ?? ''} ${[req.headers['webhook-id']].flat()[0] ?? 'without webhook-id'}: ${status}${problem ? `, ${problem}` : ''}`)
  res.writeHead(status, { 'content-type': 'application/json' })
  const told = status < 300 ? { accepted: 1, seen: 0, ignored: 0, problems: [] } : { error: { code: String(status), message: problem ?? 'try again later' } }
  res.end(JSON.stringify(told))
}

type Notes = ReturnType<typeof createNotes>
type Name = 'signature' | 'method' | 'json' | 'size' | 'retries' | 'retry-id' | 'retry-body' | 'retry-time' | 'retry-wait' | 'unique-id' | 'no-repeat'

const names: Readonly<Record<Name, string>> = {
  method: 'messages are POSTed with content-type application/json',
  signature: 'every message is signed right',
  json: 'every body is JSON',
  size: 'no body is over 1 MiB',
  retries: 'after 503 it is sent again',
  'retry-id': 'the retry keeps its webhook-id',
  'retry-body': 'the retry keeps its body',
  'retry-time': 'the retry is signed anew, with the time of sending',
  'retry-wait': 'it waits a second or more before the retry',
  'unique-id': 'two messages never share a webhook-id',
  'no-repeat': 'what was taken is not sent again',
}

function createNotes({ secret, key, now }: ListenOptions) {
  const results = new Map<Name, Check>()
  const known = new Map<string, Known>()
  let refused: string | null = null
  let finish = () => {}
  const done = new Promise<void>((resolve) => (finish = resolve))

  /** A fault stays a fault, whatever comes after it. */
  function note(name: Name, problem: string | null): string | null {
    if (results.get(name)?.result !== 'FAIL') results.set(name, { name: names[name], result: problem === null ? 'PASS' : 'FAIL', note: problem ?? '' })
    if (results.size === Object.keys(names).length) finish()
    return problem
  }

  function look(req: IncomingMessage, body: Buffer): { status: number; problem: string | null } {
    const isJsonPost = req.method === 'POST' && /^application\/json\b/.test(req.headers['content-type'] ?? '')
    note('size', null)
    note('method', isJsonPost ? null : `${req.method ?? ''} with content-type ${req.headers['content-type'] ?? 'missing'}`)
    if (req.method !== 'POST') return { status: 405, problem: 'only POST' }
    const forged = note('signature', signatureProblem(req.headers, body, secret, key, now()))
    if (forged) return { status: 401, problem: forged }
    const malformed = note('json', isJson(body) ? null : 'the body is not JSON')
    return malformed ? { status: 400, problem: malformed } : signed(req, body)
  }

  function signed(req: IncomingMessage, body: Buffer): { status: number; problem: string | null } {
    const id = String(req.headers['webhook-id'])
    const timestamp = String(req.headers['webhook-timestamp'])
    const bodyHash = createHash('sha256').update(body).digest('hex')
    const before = known.get(id)
    const at = now().getTime()
    if (before) return again(id, before, { bodyHash, timestamp, at })
    known.set(id, { bodyHash, arrivals: [at], timestamps: [timestamp] })
    if (refused === null) {
      refused = id
      return { status: 503, problem: 'on purpose: now send it again' }
    }
    return another(id, bodyHash)
  }

  /** A message under an id that was not there before. */
  function another(id: string, bodyHash: string): { status: number; problem: string | null } {
    const first = known.get(refused ?? '')
    const isRetry = first?.arrivals.length === 1 && first.bodyHash === bodyHash && id !== refused
    if (isRetry) return { status: 202, problem: note('retry-id', 'the retry came under another webhook-id: it would count twice') }
    if (first && first.arrivals.length > 1) {
      note('unique-id', null)
      note('no-repeat', null)
    }
    return { status: 202, problem: null }
  }

  function again(id: string, before: Known, { bodyHash, timestamp, at }: { bodyHash: string; timestamp: string; at: number }) {
    const sameBody = before.bodyHash === bodyHash
    const isRetry = id === refused && before.arrivals.length === 1
    const waitedMs = at - (before.arrivals.at(-1) ?? at)
    const reusesTime = before.timestamps.includes(timestamp) && waitedMs >= eagerMs
    before.arrivals.push(at)
    before.timestamps.push(timestamp)
    if (!isRetry) {
      const problem = sameBody ? note('no-repeat', 'a message was sent again although it had been taken') : note('unique-id', 'one webhook-id for two different bodies: the second is lost')
      return { status: 202, problem }
    }
    const problems = [
      note('retries', null),
      note('retry-id', null),
      note('retry-body', sameBody ? null : 'the body changed under the same webhook-id'),
      note('retry-time', reusesTime ? 'the retry carries the old timestamp: after 5 minutes it would be refused' : null),
      note('retry-wait', waitedMs < eagerMs ? `sent again after ${waitedMs} ms: wait, and longer each time` : null),
    ]
    return { status: 202, problem: problems.find((problem) => problem !== null) ?? null }
  }

  return {
    look,
    done,
    tooLarge: () => note('size', 'a body of more than 1 MiB'),
    checks: (): readonly Check[] =>
      (Object.keys(names) as Name[]).map((name) => results.get(name) ?? { name: names[name], result: 'not seen', note: unseen[name] ?? '' }),
  }
}

const unseen: Readonly<Partial<Record<Name, string>>> = {
  retries: 'no message that was answered with 503 came again',
  'unique-id': 'send a second message, with another body, after the retry',
  'no-repeat': 'send a second message after the retry',
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString())
    return true
  } catch {
    return false
  }
}

/** null: too large. */
function bodyOf(req: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= limitBytes) chunks.push(chunk)
    })
    req.on('end', () => resolve(bytes > limitBytes ? null : Buffer.concat(chunks)))
    req.on('error', () => resolve(Buffer.alloc(0)))
  })
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
