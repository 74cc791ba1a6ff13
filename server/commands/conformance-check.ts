import { randomBytes, randomUUID } from 'node:crypto'
import { webhookSignature } from '../edge/webhook-signature.ts'
import type { Check } from './conformance-table.ts'

export interface EndpointToCheck {
  /** Of the source itself, `…/webhooks/inbound/till`. */
  url: string
  key: Uint8Array
  /** A message that gives one event. `{{id}}` becomes a new id, `{{local}}` `{{iso}}` `{{unix}}` `{{unixms}}` a time. */
  body: string
}

interface Answer {
  status: number
  body: { accepted?: unknown; seen?: unknown; problems?: unknown }
  /** The other side's clock, in ms; null: it did not say. */
  date: number | null
}

interface Post {
  id?: string
  /** ms that the timestamp is off. */
  offMs?: number
  timestamp?: string
  key?: Uint8Array
  signature?: string | null
  /** Sent instead of what was signed. */
  altered?: string
  url?: string
}

const bigBytes = 1024 * 1024 + 1
const burst = 20
/** Another id for the same event is known as the same once the first one has been handled. */
const handledWithinTries = 10
const toleranceMs = 300_000

/** Plays a connector, well-behaved and not, and tells whether an inbound endpoint answers as it should. */
export async function checkEndpoint(endpoint: EndpointToCheck, pause: (ms: number) => Promise<void>): Promise<readonly Check[]> {
  const post = poster(endpoint)
  const fresh = (at = Date.now()) => filled(endpoint.body, randomUUID().slice(0, 13), at)
  const checks: Check[] = []
  const look = async (name: string, work: () => Promise<string | null>) => {
    const problem = await work().catch((error: unknown) => `no answer: ${error instanceof Error ? error.message : 'unknown'}`)
    checks.push({ name, result: problem === null ? 'PASS' : 'FAIL', note: problem ?? '' })
  }
  const status = async (wanted: number, body: string, how: Post = {}) => differs(await post(body, how), wanted)

  const first = { id: newId(), body: fresh() }
  await look('a signed message is taken', async () => counted(await post(first.body, { id: first.id }), 1, 0))
  await look('the same message again is seen, not taken', async () => counted(await post(first.body, { id: first.id }), 0, 1))
  await look('the same event under another id is seen', () => eventuallySeen(() => post(first.body), pause))
  await look(`${burst} copies at once are taken once`, () => takenOnce(post, fresh()))
  await look('an older event after a newer one is taken', async () => {
    const newer = await post(fresh())
    return differs(newer, 2) ?? counted(await post(fresh(Date.now() - 3600_000)), 1, 0)
  })
  await look('one of two signatures is ours: taken', async () => counted(await post(fresh(), { signature: `v1,${randomBytes(32).toString('base64')} ` }), 1, 0))

  await look('signed with another secret: 401', () => status(401, fresh(), { key: randomBytes(32) }))
  await look('another body than was signed: 401', () => status(401, fresh(), { altered: fresh() }))
  await look('no signature: 401', () => status(401, fresh(), { signature: null }))
  await look('timestamp in milliseconds: 401', () => status(401, fresh(), { timestamp: String(Date.now()) }))
  const skewMs = await skewOf(post, fresh())
  await look('clock 290 s behind or ahead: taken', async () => {
    const early = differs(await post(fresh(), { offMs: skewMs + toleranceMs - 10_000 }), 2)
    return early ?? differs(await post(fresh(), { offMs: skewMs - toleranceMs + 10_000 }), 2)
  })
  await look('clock 310 s behind or ahead: 401', async () => {
    const early = differs(await post(fresh(), { offMs: skewMs + toleranceMs + 10_000 }), 401)
    return early ?? differs(await post(fresh(), { offMs: skewMs - toleranceMs - 10_000 }), 401)
  })
  checks.push(clockCheck(skewMs))

  await look('not JSON: 400', () => status(400, '{"type":'))
  await look('more than 1 MiB: 413', () => status(413, JSON.stringify({ filler: 'x'.repeat(bigBytes) })))
  await look('an unknown source: 404', () => status(404, fresh(), { url: endpoint.url.replace(/\/[^/]*$/, `/nobody-${randomBytes(4).toString('hex')}`) }))
  await look('a field that is missing is named', async () => named(await post(endpoint.body.replaceAll(/\{\{\w+\}\}/g, ''))))
  return checks
}

function poster({ url, key }: EndpointToCheck) {
  return async (body: string, how: Post = {}): Promise<Answer> => {
    const id = how.id ?? newId()
    const timestamp = how.timestamp ?? String(Math.floor((Date.now() + (how.offMs ?? 0)) / 1000))
    const own = webhookSignature(how.key ?? key, id, timestamp, Buffer.from(body))
    const signature = how.signature === null ? {} : { 'webhook-signature': `${how.signature ?? ''}${own}` }
    const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, ...signature }
    const answer = await fetch(how.url ?? url, { method: 'POST', headers, body: how.altered ?? body, redirect: 'manual', signal: AbortSignal.timeout(15_000) })
    const date = Date.parse(answer.headers.get('date') ?? '')
    return { status: answer.status, body: jsonOf(await answer.text()), date: Number.isNaN(date) ? null : date }
  }
}

/** The message with a new id and the time in each of the forms that mappings read. */
export function filled(body: string, id: string, at: number): string {
  const local = new Date(at + 8 * 3600_000).toISOString().slice(0, 19).replace('T', ' ')
  const values: Record<string, string> = { id, local, iso: new Date(at).toISOString(), unix: String(Math.floor(at / 1000)), unixms: String(at) }
  return body.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole)
}

function newId(): string {
  return `msg_${randomUUID()}`
}

function jsonOf(text: string): Answer['body'] {
  try {
    return (JSON.parse(text) as Answer['body'] | null) ?? {}
  } catch {
    return {}
  }
}

/** null: the status is as wanted; 2 stands for any 2xx. */
function differs({ status, body }: Answer, wanted: number): string | null {
  const isWanted = wanted === 2 ? status >= 200 && status < 300 : status === wanted
  if (isWanted) return null
  return `answered ${status}, wanted ${wanted === 2 ? '2xx' : wanted}: ${JSON.stringify(body).slice(0, 160)}`
}

function counted(answer: Answer, accepted: number, seen: number): string | null {
  const wrong = differs(answer, 2)
  const { body } = answer
  if (wrong || (body.accepted === accepted && body.seen === seen)) return wrong
  return `answered ${JSON.stringify(body).slice(0, 160)}, wanted accepted ${accepted}, seen ${seen}`
}

async function eventuallySeen(send: () => Promise<Answer>, pause: (ms: number) => Promise<void>): Promise<string | null> {
  let problem: string | null = null
  for (let tries = 0; tries < handledWithinTries; tries += 1) {
    problem = counted(await send(), 0, 1)
    if (problem === null) return null
    await pause(500)
  }
  return problem
}

async function takenOnce(post: ReturnType<typeof poster>, body: string): Promise<string | null> {
  const id = newId()
  const answers = await Promise.all(Array.from({ length: burst }, () => post(body, { id })))
  const wrong = answers.map((answer) => differs(answer, 2)).find((problem) => problem !== null)
  const taken = answers.filter(({ body: told }) => told.accepted === 1).length
  return wrong ?? (taken === 1 ? null : `taken ${taken} times`)
}

function named(answer: Answer): string | null {
  const wrong = differs(answer, 2)
  const problems = Array.isArray(answer.body.problems) ? answer.body.problems : []
  return wrong ?? (problems.length > 0 ? null : 'an event with empty fields was not complained about: has the body placeholders?')
}

/** How far the other side's clock is ahead of ours, in ms, by its Date header. */
async function skewOf(post: ReturnType<typeof poster>, body: string): Promise<number> {
  const before = Date.now()
  const answer = await post(body, { signature: null }).catch(() => null)
  if (!answer?.date) return 0
  const gapMs = answer.date - (before + Date.now()) / 2
  return Math.abs(gapMs) < 2_000 ? 0 : gapMs
}

function clockCheck(skewMs: number): Check {
  const seconds = Math.round(skewMs / 1000)
  const name = 'both clocks agree within 60 s'
  return Math.abs(seconds) <= 60
    ? { name, result: 'PASS', note: '' }
    : { name, result: 'FAIL', note: `the other clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this one` }
}
