import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openFakeTencent } from '../fake-tencent/main.ts'
import { newWorld } from '../fake-tencent/world.ts'
import { acting } from './acts.ts'
import { jarsOf, openBrowsers, originsFrom } from './browsers.ts'
import type { Cast } from './cast.ts'
import { demoClock, type DemoClock } from './clock.ts'
import type { Act, ChatLine, DemoState, PersonName, RawStep } from './contract.ts'
import { openFeed, stepOfAlert, stepOfCall, stepsOfPosted } from './feed.ts'
import { tellJoins } from './joins.ts'
import { fillLibrary } from './library.ts'
import { listenAsMei } from './mei-ears.ts'
import { memoryFile, type DemoMemory } from './memory.ts'
import { openOldSystem } from './old-system.ts'
import { memberCard } from './own-acts.ts'
import { addGroupChat, firstLines, firstOffsetMs, people, populate } from './seed.ts'
import { stateOf } from './state.ts'
import { tillEnv } from './till.ts'

/** Starts the product; `clockChanged` is to be called whenever the clock jumps or changes its speed. */
export type StartProduct = (
  env: Record<string, string>,
  clock: { now(): Date },
) => Promise<StartedProduct>

export interface StartedProduct {
  clockChanged(): void
  /** What otherwise happens by night and by the hour: link rate and share chains are counted. */
  count(): Promise<void>
  /** Puts a picture into the library; gives its path there. */
  keepPicture(bytes: Uint8Array): Promise<string | null>
  close(): Promise<void>
}

export interface DemoOptions {
  /** Everything the demo keeps: its own state, and the product's data below it. */
  dir: string
  /** Page; the product and the actors take the six ports after it. */
  port: number
  startProduct: StartProduct
  changed(): void
}

export interface Demo {
  state(): DemoState
  raw(id: number): RawStep | null
  act(act: Act): Promise<void>
  close(): Promise<void>
}

const saveEveryMs = 1_000

/** Stand-in, product and the actors' browsers in one process, on one clock. */
export async function openDemo({ dir, port, startProduct, changed }: DemoOptions): Promise<Demo> {
  const file = memoryFile(dir)
  const saved = file.load()
  const memory = saved ?? newMemory()
  const joins = { soon: () => {} }
  const product: Pick<StartedProduct, 'clockChanged' | 'count'> = { clockChanged: () => {}, count: async () => {} }
  const clock: DemoClock = demoClock(memory.offsetMs, () => {
    product.clockChanged()
    changed()
  })
  const feed = openFeed(() => clock.now(), changed, saved ? file.loadSteps() : [])
  if (saved) feed.add({ tone: 'quiet', title: '演示重新启动', text: '接着上次' })
  const tencent = await openFakeTencent({
    clock,
    world: memory.world,
    onCall: (call) => feed.add(stepOfCall(call)),
    onPosted(posted) {
      stepsOfPosted(posted).forEach((step) => feed.add(step))
      joins.soon()
    },
    onPhoneChange: changed,
    onProblem: (text) => feed.add({ tone: 'quiet', title: '替身不认', text }),
  })
  if (!saved) await populate(tencent, clock.now())
  if (!saved) memory.chats = chatsOf(firstLines(clock.now()), memory)
  addGroupChat(tencent)
  const productUrl = `http://127.0.0.1:${port + 1}`
  const origins = originsFrom(port)
  tencent.connect(productUrl)
  const oldSystem = await openOldSystem(feed)
  const cast: Cast = {
    tencent,
    clock,
    memory,
    feed,
    productUrl,
    changed,
    desktop: { open: people.lin.id, clipboard: null, moved: 0, unread: {}, cardsSeen: tencent.staff(people.mei.userid).phone.length },
    count: () => product.count(),
    lin: tencent.customer(people.lin.id),
    mei: tencent.staff(people.mei.userid),
  }
  const started = await startProduct({ ...productEnv(cast, dir, port, origins), FORWARD_OFFICIAL_ACCOUNT: oldSystem.url }, clock)
  Object.assign(product, started)
  const proxies = await openBrowsers(cast, origins)
  if (memory.articles.length === 0) memory.articles = await fillLibrary(tencent, productUrl, started.keepPicture)
  await started.count()
  if (!saved) feed.clear()
  const telling = tellJoins(cast, tencent.staff(people.office.userid))
  joins.soon = telling.soon
  const ears = listenAsMei(cast.mei, productUrl, (key) => feed.add(stepOfAlert(key)))
  const save = () => {
    file.save({ ...memory, world: tencent.world, offsetMs: clock.offsetMs(), jars: jarsOf(cast) })
    const steps = feed.unsaved()
    if (steps) file.saveSteps(steps)
  }
  save()
  const saving = setInterval(save, saveEveryMs)
  const doing = acting(cast)
  const act = async (one: Act) => {
    await doing(one)
    joins.soon()
  }

  return {
    state: () => stateOf(cast, origins),
    raw: (id) => feed.raw(id),
    act,
    async close() {
      clearInterval(saving)
      ears.close()
      telling.close()
      await Promise.all(proxies.map((one) => one.close()))
      await started.close()
      await oldSystem.close()
      await tencent.close()
      save()
    },
  }
}

function newMemory(): DemoMemory {
  return {
    offsetMs: firstOffsetMs(Date.now()),
    world: newWorld(),
    jars: {},
    articles: [],
    chats: {},
    account: [],
    basket: [],
    orders: [],
    share: null,
    lastOpens: {},
    lineCount: 0,
    secret: randomBytes(24).toString('base64url'),
    productDir: `product-${randomBytes(4).toString('hex')}`,
  }
}

function chatsOf(lines: Record<string, Omit<ChatLine, 'id'>[]>, memory: DemoMemory): Record<string, ChatLine[]> {
  const numbered = (line: Omit<ChatLine, 'id'>) => ({ ...line, id: (memory.lineCount += 1) })
  return Object.fromEntries(Object.entries(lines).map(([chat, list]) => [chat, list.map(numbered)]))
}

/** Merging off and always open (model.md, the demo's actors). */
function productEnv(
  { tencent, memory, productUrl }: Cast,
  dir: string,
  port: number,
  origins: Record<PersonName, string>,
) {
  const page = [`http://127.0.0.1:${port}`, `http://localhost:${port}`]
  return {
    PORT: String(port + 1),
    PUBLIC_URL: productUrl,
    DATA_DIR: join(dir, memory.productDir),
    SESSION_SECRET: memory.secret,
    BRAND_NAME: 'MIRA',
    OPENING_HOURS: '00:00-24:00',
    ALERT_MERGE_MINUTES: '0',
    OPERATORS: people.office.userid,
    ALLOWED_ORIGINS: [...page, ...Object.values(origins)].join(','),
    OUTGOING_WEBHOOKS_FILE: 'none',
    OA_MEMBER_CARDS: memberCard.id,
    ...tillEnv(memory.secret),
    ...tencent.env(),
  }
}
