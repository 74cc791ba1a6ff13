import { setTimeout as pause } from 'node:timers/promises'
import { openFakeTencent, type FakeTencent } from '../../fake-tencent/main.ts'
import type { CustomerActor } from '../../fake-tencent/customer.ts'
import type { StaffActor } from '../../fake-tencent/staff.ts'
import { openLive, type LiveStream } from '../../support/live-stream.ts'
import { openBenchStore, productEnv } from '../brand.ts'
import type { Cores } from '../cores.ts'
import { timesOf, type Times } from '../percentiles.ts'
import { residentMb, startProduct } from '../processes.ts'
import type { Figure, Options } from '../report.ts'

/** A salesperson whose phone and open sidebar are listened to, and the customer who asks. */
interface Pair {
  staff: StaffActor
  customer: CustomerActor
  stream: LiveStream | null
}

const pairs = 60
const watched = 20
/** Every so many events one asks for a price, which rings at once. */
const oneAsksOf = 40
const publicUrl = 'http://brand.test'

/**
 * The whole product with loops, real callbacks at a steady rate, and how long a price question takes to WeCom's
 * `message/send` and to the open sidebar. The stand-in answers at once, so that the time is our own.
 */
export async function measureLag(cores: Cores, options: Options): Promise<Figure[]> {
  const [rate, seconds] = [options.number('rate', 200), options.number('lag-seconds', 20)]
  const store = await openBenchStore()
  const sent = new Map<string, number>()
  const tencent = await openFakeTencent({
    clock: { now: () => new Date() },
    onCall: ({ api, body }) => {
      const to = (body as { touser?: string } | null)?.touser
      if (api.endsWith('message/send') && to) sent.set(to, performance.now())
    },
  })
  const env = { ...productEnv(store.dataDir), PUBLIC_URL: publicUrl, ...tencent.env() }
  const product = await startProduct(env, { core: cores.product, cwd: store.folder })
  try {
    tencent.connect(`http://127.0.0.1:${product.port}`, publicUrl)
    const people = await meet(tencent)
    await pause(3_000)
    const asked = await askFor({ people, sent, rate, seconds })
    const toPhone = timesOf(asked.flatMap(({ phoneMs }) => phoneMs ?? []))
    const toSidebar = timesOf(asked.flatMap(({ sidebarMs }) => sidebarMs ?? []))
    return [
      ...lagFigures(`at ${rate} events/s: question to message/send`, toPhone),
      ...lagFigures(`at ${rate} events/s: question to the open sidebar`, toSidebar),
      { name: 'questions asked', value: asked.length, unit: '' },
      { name: 'questions that rang no phone within 5 s', value: asked.length - toPhone.count, unit: '', goal: { atMost: 0 } },
      { name: 'product: resident memory after it', value: residentMb(product.pid), unit: 'MB' },
    ]
  } finally {
    await product.stop()
    await tencent.close()
    await store.close()
  }
}

/** Without a single arrival there is nothing to hold against the goal. */
function lagFigures(name: string, times: Times): Figure[] {
  if (times.count === 0) return [{ name: `${name}: none arrived`, value: 0, unit: '' }]
  return [
    { name: `${name}, p50`, value: times.p50, unit: 'ms' },
    { name: `${name}, p99`, value: times.p99, unit: 'ms', goal: { atMost: 300 } },
  ]
}

async function meet(tencent: FakeTencent): Promise<Pair[]> {
  const people: Pair[] = []
  for (let index = 0; index < pairs; index += 1) {
    const [staff, customer] = [tencent.staff(`seller${index}`), tencent.customer(`buyer${index}`)]
    await customer.follows()
    await staff.adds(customer)
    people.push({ staff, customer, stream: null })
  }
  await pause(1_000)
  const back = encodeURIComponent('/sidebar/#/inbox')
  for (const pair of people.slice(0, watched)) {
    await pair.staff.opens(`${publicUrl}/api/session?return=${back}`)
    pair.stream = await openLive({ env: { PUBLIC_URL: publicUrl } }, pair.staff.browser)
  }
  return people
}

interface Asking {
  people: readonly Pair[]
  sent: ReadonlyMap<string, number>
  rate: number
  seconds: number
}

interface Asked {
  phoneMs: number | null
  sidebarMs: number | null
}

/** Taps at the rate, and questions among them, each timed from when it is posted. */
async function askFor({ people, sent, rate, seconds }: Asking): Promise<Asked[]> {
  const asked: Promise<Asked>[] = []
  const posting: Promise<unknown>[] = []
  const started = performance.now()
  for (let index = 0; index < rate * seconds; index += 1) {
    const early = started + (index * 1000) / rate - performance.now()
    if (early > 0) await pause(early)
    const pair = people[index % people.length] as Pair
    if (index % oneAsksOf === 0) asked.push(ask(people[(index / oneAsksOf) % people.length] as Pair, sent))
    else posting.push(pair.customer.taps(`MENU_${index}`))
  }
  await Promise.all(posting)
  return Promise.all(asked)
}

async function ask({ customer, staff, stream }: Pair, sent: ReadonlyMap<string, number>): Promise<Asked> {
  const began = performance.now()
  const heardBefore = stream?.heard.length ?? 0
  const onSidebar = stream
    ?.until((message) => message.kind === 'alert' && stream.heard.indexOf(message) >= heardBefore, 5_000)
    .then(() => performance.now() - began)
    .catch(() => null)
  await customer.writes('这件多少钱')
  const [phoneMs, sidebarMs] = await Promise.all([rung(staff.userid, sent, began), onSidebar ?? null])
  return { phoneMs, sidebarMs }
}

async function rung(userid: string, sent: ReadonlyMap<string, number>, since: number): Promise<number | null> {
  while (performance.now() - since < 5_000) {
    const at = sent.get(userid)
    if (at !== undefined && at > since) return at - since
    await pause(2)
  }
  return null
}
