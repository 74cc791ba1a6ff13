import type { Desk } from './api.ts'
import { brandEnv, mira, type Bases, type Brand } from './brand.ts'
import { brandWeather, type BrandWeather } from './brand-weather.ts'
import { fillCrowd, type Crowd, type CrowdRecord } from './crowd.ts'
import { customerActor, type CustomerActor } from './customer.ts'
import { deliver, verifyUrl } from './deliver.ts'
import { openPayHost } from './pay/host.ts'
import { payDesk, type PayDesk } from './pay/pay.ts'
import type { Channel, Delivering, Posted } from './post.ts'
import { customerRecord, staffRecord, type NewCustomer, type NewStaff } from './roster.ts'
import { openHosts, type Call } from './server.ts'
import { staffActor, tagFields, type StaffActor } from './staff.ts'
import type { Stage } from './stage.ts'
import { ticketOf } from './apis/tokens.ts'
import { weatherStation, type Weather } from './weather.ts'
import type { Fields } from './wire-text.ts'
import { newWorld, type DepartmentRecord, type TagGroupRecord, type TicketKind, type World } from './world.ts'

export interface FakeTencentOptions {
  clock: { now(): Date }
  brand?: Partial<Brand>
  /** A world saved before (`tencent.world`), to go on with. */
  world?: World
  onProblem?: (text: string) => void
  onCall?: (call: Call) => void
  onPosted?: (posted: Posted) => void
  onPhoneChange?: () => void
}

/** Tencent's side: APIs, sign-in pages, phones, and the people who use them. */
export interface FakeTencent {
  brand: Brand
  bases: Bases
  /** Everything the product needs except PORT, PUBLIC_URL, DATA_DIR, MONGODB_URI and SESSION_SECRET. */
  env(): Record<string, string>
  /** Where the product listens. `publicUrl` (default: the same) is the trusted domain, and actors who open it get there. */
  connect(productUrl: string, publicUrl?: string): void
  /** A further domain of the brand, such as its H5 mall's: codes may be sent there too. */
  trusts(origin: string): void
  /** Made on first use: a member of department 1 with 客户联系, in the visible range. Also by a former userid's spelling. */
  staff(userid: string, options?: NewStaff): StaffActor
  /** Made on first use. `unionId: null` for one whose accounts are bound to nothing. */
  customer(id: string, options?: NewCustomer): CustomerActor
  department(department: DepartmentRecord): void
  /** Contacts and followers whom nobody plays, as many as you like; asked again with other numbers it grows or shrinks. */
  crowd(crowd: Crowd): CrowdRecord
  /** A group of corp tags, made or changed; with `tells`, WeCom says so by a callback. */
  tagGroup(group: TagGroupRecord, options?: { tells?: boolean }): Promise<number[]>
  weather: Weather & BrandWeather
  /** WeChat Pay: its console, its notifications, its refunds. */
  pay: PayDesk
  /** GET of a callback URL as the console does it. `forged` must be refused. */
  verifiesUrl(
    channel: Channel,
    options?: { forged?: boolean },
  ): Promise<{ status: number; body: string; right: boolean }>
  /** Any message of any channel, sealed and posted. */
  sends(channel: Channel, fields: Fields, options?: Delivering): Promise<number[]>
  /** Every message of every channel in the order in which it happened, those kept back included. */
  letters: readonly Letter[]
  /** Sends a letter that was kept back, or one once more as a resend. */
  delivers(letter: Letter): Promise<number>
  /** The JS ticket that signatures are checked against. */
  ticket(kind: TicketKind): string
  /** Every API call so far, masked. */
  calls: readonly Call[]
  /** Every callback so far. */
  posts: readonly Posted[]
  /** What real Tencent would have refused or our contract forbids; a test expects none. */
  problems: readonly string[]
  /** Plain JSON; save it to go on later. */
  world: World
  close(): Promise<void>
}

/** One callback as it was written; sealed anew for each delivery. */
export interface Letter {
  channel: Channel
  fields: Fields
  how: Delivering
}

/** Starts the stand-in on free ports of 127.0.0.1. */
export async function openFakeTencent(options: FakeTencentOptions): Promise<FakeTencent> {
  const { clock } = options
  const brand: Brand = { ...mira, ...options.brand }
  const world = options.world ?? newWorld()
  world.payments ??= {}
  const calls: Call[] = []
  const posts: Posted[] = []
  const letters: Letter[] = []
  const problems: string[] = []
  const product = { url: '', publicOrigin: '' }
  const otherDomains: string[] = []
  const desk: Desk = {
    brand,
    world,
    now: () => clock.now(),
    publicHost: () => new URL(product.publicOrigin || 'http://unconnected.invalid').host,
    problem(text) {
      problems.push(text)
      options.onProblem?.(text)
    },
    phoneChanged: () => options.onPhoneChange?.(),
    qrBase: () => hosts.bases.weComApi,
  }
  const station = weatherStation()
  const onCall = (call: Call) => {
    calls.push(call)
    options.onCall?.(call)
  }
  const payConsole = { certificates: ['old' as const], nextAnswers: [], nextRefusals: [] }
  const hosts = await openHosts({
    desk,
    station,
    trusted: () => [product.publicOrigin, ...otherDomains],
    onCall,
  })
  const payHost = await openPayHost({ desk, station, console: payConsole, onCall })
  const bases: Bases = { ...hosts.bases, weChatPay: payHost.base }
  const origins = new Set(Object.values(bases))
  const stage: Stage = {
    desk,
    productUrl: () => product.url,
    net: {
      isTencent: (url) => origins.has(url.origin),
      route: (url) => (url.origin === product.publicOrigin ? new URL(url.pathname + url.search, product.url) : url),
    },
    pay: () => pay,
    send(channel, fields, how = {}) {
      letters.push({ channel, fields, how })
      return deliver(stage, channel, fields, how, onPosted)
    },
  }
  const onPosted = (posted: Posted) => {
    posts.push(posted)
    options.onPosted?.(posted)
  }
  const pay = payDesk(stage, payConsole, onPosted)
  const staff = new Map<string, StaffActor>()
  const customers = new Map<string, CustomerActor>()

  return {
    brand,
    bases,
    env: () => brandEnv(brand, bases),
    connect(productUrl, publicUrl = productUrl) {
      product.url = productUrl.replace(/\/+$/, '')
      product.publicOrigin = new URL(publicUrl).origin
    },
    trusts: (origin) => void otherDomains.push(origin),
    staff: (userid, more = {}) =>
      remembered(staff, userid.toLowerCase(), () => staffActor(stage, staffRecord(world, userid, more))),
    customer: (id, more = {}) => remembered(customers, id, () => customerActor(stage, customerRecord(world, id, more))),
    department(department) {
      world.departments = [...world.departments.filter((one) => one.id !== department.id), department]
    },
    crowd: (crowd) => fillCrowd(world, crowd),
    async tagGroup(group, { tells = false } = {}) {
      const others = (world.tagGroups ?? []).filter((one) => one.id !== group.id)
      const changeType = others.length === world.tagGroups?.length || !world.tagGroups ? 'create' : 'update'
      world.tagGroups = [...others, group]
      return tells ? stage.send('wecom', tagFields(stage, changeType, group.id)) : []
    },
    weather: { ...station.weather, ...brandWeather(desk) },
    verifiesUrl: (channel, how = {}) => verifyUrl(stage, channel, how.forged ?? false),
    sends: (channel, fields, how) => stage.send(channel, fields, how),
    letters,
    async delivers({ channel, fields, how }) {
      const [status] = await deliver(stage, channel, fields, { ...how, deliveries: 1 }, onPosted)
      return status ?? 0
    },
    ticket: (kind) => ticketOf(desk, kind).ticket,
    calls,
    posts,
    problems,
    world,
    pay,
    async close() {
      await hosts.close()
      await payHost.close()
    },
  }
}

function remembered<Actor>(actors: Map<string, Actor>, key: string, make: () => Actor): Actor {
  const actor = actors.get(key) ?? make()
  actors.set(key, actor)
  return actor
}
