import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import type { Log } from '../../server/ports/log.ts'
import { articleOf } from '../support/article.ts'
import { coat, row } from '../support/mall.ts'
import { signedIn } from '../support/page.ts'
import { cookieHeader } from '../fake-tencent/browser.ts'
import { openFuzzedBrand, type FuzzedBrand } from './brand.ts'
import { Broken } from './facts.ts'
import type { Random } from './random.ts'
import { requestMaker, type HostileRequest } from './requests.ts'

/** A whole server behind real HTTP, with somebody in it, for hostile requests. */
export interface ServedTarget {
  brand: FuzzedBrand
  /** Lines at error level so far. */
  errors: readonly string[]
  /** Sends one hostile request. @throws Broken */
  step(random: Random): Promise<number>
  /** Handles what was taken. @throws Broken when something of it can neither be handled nor set aside */
  settle(): Promise<{ stored: number; setAside: number }>
  close(): Promise<void>
}

/** What the hostile requests know of the brand: real ids and real credentials, so that they get far. */
export interface Knowledge {
  brand: FuzzedBrand
  memberCookie: string
  operatorCookie: string
  readerCookie: string
  beaconToken: string
  slug: string
  visit: string
  externalUserId: string
  alertKey: string
  paymentId: string
}

/** Opens the brand on that store (`MONGODB_URI` or `DATA_DIR`) and fills it. */
export async function openServed(store: Readonly<Record<string, string>>): Promise<ServedTarget> {
  const errors: string[] = []
  const note = (fields: object, message: string) => {
    const error = 'err' in fields ? fields.err : null
    errors.push(`${message} ${error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(fields)}`)
  }
  const log: Log = { info: () => undefined, warn: () => undefined, error: note }
  const brand = await openFuzzedBrand(store, log)
  const make = requestMaker(await inhabit(brand))
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  return {
    brand,
    errors,
    async step(random) {
      const hostile = make(random)
      const { status, body } = hostile.raw === undefined ? await ask(brand, agent, hostile) : await sayRaw(brand, hostile.raw)
      if (status >= 500) throw new Broken(`${hostile.name}: ${hostile.method} ${hostile.path.slice(0, 200)} -> ${status} ${body.slice(0, 200)}`)
      return status
    },
    async settle() {
      await brand.settle()
      const { inbox } = brand.server.stores
      const left = await inbox.left()
      const { waiting } = await inbox.depth()
      if (left.stuck > 0 || waiting > 0) {
        const [stuck] = await inbox.list('stuck', 1)
        throw new Broken(`${left.stuck} stuck, ${waiting} waiting: ${stuck?.channel} ${stuck?.reason} ${Buffer.from(stuck?.bytes ?? []).toString().slice(0, 500)}`)
      }
      return { stored: left['set-aside'] + left.unrecognised, setAside: left['set-aside'] }
    },
    async close() {
      agent.destroy()
      await brand.close()
    },
  }
}

/** 林小姐 reads, fills a basket and is asked to pay; 小梅 and the operator are signed in. */
async function inhabit(brand: FuzzedBrand): Promise<Knowledge> {
  const { tencent } = brand
  const mei = tencent.staff('mei', { name: '小梅' })
  const ou = tencent.staff('ou', { contacts: false })
  const lin = tencent.customer('lin', { name: '林小姐' })
  await brand.server.useCases.refreshPlatformKeys()
  await brand.server.useCases.syncContacts()
  await mei.adds(lin)
  await lin.follows()
  const { token } = await lin.startsMallSession()
  await lin.reports([row(brand.clock, 'add-to-cart', coat)])
  await brand.settle()
  const url = await articleOf(brand, mei)
  const seen = await lin.opens(url)
  const [page] = [await signedIn(brand, mei), await signedIn(brand, ou)]
  const customer = `/api/customers/${lin.externalUserId}`
  const { body: view } = await page.get<{ alerts: readonly { key: string }[] }>(customer)
  const { body: payment } = await page.post<{ id: string }>(`${customer}/payments`, { amount: 100, description: '定金' })
  await lin.opens(`${brand.env['PUBLIC_URL']}/pay/${payment.id}`)
  const origin = new URL(String(brand.env['PUBLIC_URL']))
  const cookieOf = (jar: ReadonlyMap<string, string>) => cookieHeader(jar, origin).cookie ?? ''
  return {
    brand,
    memberCookie: cookieOf(mei.browser.jar),
    operatorCookie: cookieOf(ou.browser.jar),
    readerCookie: cookieOf(lin.browser.jar),
    beaconToken: token ?? '',
    slug: new URL(url).pathname.split('/').at(-1) ?? '',
    visit: /"visit":"([^"]+)"/.exec(seen.html)?.[1] ?? '',
    externalUserId: lin.externalUserId,
    alertKey: view.alerts[0]?.key ?? '',
    paymentId: payment.id,
  }
}

function ask(brand: FuzzedBrand, agent: Agent, { method, path, headers, body }: HostileRequest): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port: brand.server.port, agent, method, path, headers }, (incoming) => {
      const chunks: Buffer[] = []
      const end = () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString() })
      if (incoming.headers['content-type']?.startsWith('text/event-stream')) {
        incoming.destroy()
        return end()
      }
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk)).once('end', end).once('error', reject)
    })
    sent.setTimeout(20_000, () => sent.destroy(new Broken(`${method} ${path.slice(0, 200)}: no answer within 20 s`)))
    sent.once('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve({ status: 499, body: '' }) : reject(error)))
    sent.end(body)
  })
}

/** Bytes that no HTTP client would send. */
function sayRaw(brand: FuzzedBrand, bytes: Uint8Array): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const socket = connect(brand.server.port, '127.0.0.1', () => socket.end(bytes))
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.setTimeout(5_000, () => socket.destroy())
    socket.on('error', () => undefined).once('close', () => {
      const text = Buffer.concat(chunks).toString('latin1')
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 499), body: text })
    })
  })
}
