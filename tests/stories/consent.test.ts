import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { IdentityKey } from '../../server/domain/ids.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import { userAgents } from '../fake-tencent/browser.ts'
import { articleOf } from '../support/article.ts'
import { connector, inboundEnv, message, secrets } from '../support/connector.ts'
import { everythingStored } from '../support/everything-stored.ts'
import { lookAt } from '../support/look.ts'
import { coat, coatInShop, inMall, scarf } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

const folder = mkdtempSync(join(tmpdir(), 'notices-'))
const noticesFile = join(folder, 'notices.json')
let brand: TestBrand
let article: string

/** The shipped texts with another version of one source. */
function writeTexts(version: string): void {
  const shipped = JSON.parse(readFileSync('config/notices.json', 'utf8'))
  for (const source of ['links', 'beacon']) shipped.sources[source].version = version
  shipped.guide = { zh: join(process.cwd(), 'config', shipped.guide.zh), en: join(process.cwd(), 'config', shipped.guide.en) }
  writeFileSync(noticesFile, JSON.stringify(shipped))
}

beforeAll(async () => {
  writeTexts('v1')
  brand = await openBrand({ env: { CONSENT_FIRST: 'beacon,links', NOTICES_FILE: noticesFile } })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  article = await articleOf(brand, mei)
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
  rmSync(folder, { recursive: true })
})

/** What the form of the page would send. */
function formOf(html: string): URLSearchParams {
  const fields = [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)]
  return new URLSearchParams(fields.map(([, name, value]) => [String(name), String(value)]))
}

/** Taps one of the two buttons of the sheet and follows where it leads. */
async function answers(customer: CustomerActor, html: string, answer: string, url = article): Promise<string> {
  const form = formOf(html)
  form.set('answer', answer)
  const sent = await customer.browser.request(`${new URL(url).origin}${new URL(url).pathname}/consent`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  })
  expect(sent.status).toBe(303)
  return (await customer.opens(new URL(String(sent.headers.get('location')), url).href)).html
}

const kindsOf = async (customer: CustomerActor) => (await lookAt(brand, customer).timeline()).map(({ kind }) => kind)

test('C5: before 同意 a reader is asked, reads everything, and nobody learns who they are', async () => {
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  const seen = await lin.opens(article)
  expect(seen.steps).toHaveLength(1)
  expect(seen.html).toContain('先看面料，再看版型。')
  expect(seen.html).toContain('>同意</button>')
  expect(seen.html).toContain('>不同意</button>')
  expect(seen.html).not.toContain('"visit"')
  await brand.settle()
  expect(await everythingStored(String(brand.env['MONGODB_URI']))).not.toContain(lin.openIds.account)

  const after = await answers(lin, seen.html, 'agree')
  expect(after).toContain('"visit"')
  expect(after).not.toContain('>不同意</button>')
  await brand.settle()
  expect(await kindsOf(lin)).toEqual(['opened-content'])
})

test('C5: 不同意 costs nothing: the article is there, nothing is kept, nobody is asked again, and a mind may change', async () => {
  const zhou = brand.tencent.customer('zhou')
  const refused = await answers(zhou, (await zhou.opens(article)).html, 'decline')
  expect(refused).toContain('先看面料，再看版型。')
  expect(refused).toContain('您没有同意记录，我们什么也没有记。')
  expect(refused).not.toContain('>不同意</button>')
  await brand.settle()
  expect(await everythingStored(String(brand.env['MONGODB_URI']))).not.toContain(zhou.openIds.account)

  await answers(zhou, refused, 'agree')
  await brand.settle()
  expect(await kindsOf(zhou)).toEqual(['opened-content'])
})

test('C5: an answer that our own page did not ask for is none', async () => {
  const wu = brand.tencent.customer('wu')
  const stolen = (await brand.tencent.customer('someone').opens(article)).html
  const seen = await answers(wu, stolen, 'agree')
  expect(seen).toContain('>不同意</button>')
  await brand.settle()
  expect(await kindsOf(wu)).toEqual([])
})

test('C5: outside WeChat nobody is asked, since nobody is noted', async () => {
  const seen = await brand.tencent.customer('he').opens(article, { userAgent: userAgents.desktop })
  expect(seen.html).not.toContain('>同意</button>')
  expect(seen.html).toContain('您正在匿名阅读')
})

test('C5: the mall hears that consent is needed, and nothing is kept until it is given', async () => {
  const chen = brand.tencent.customer('chen')
  const session = await chen.startsMallSession()
  expect(session.body).toMatchObject({ notice: { version: 'v1', consent: 'needed' } })
  const does = inMall(brand.clock, chen)
  expect(await does('add-to-cart', coat)).toMatchObject({ status: 403, body: { error: { code: 'consent-needed' } } })
  expect(await chen.provesPhone('13800138000')).toMatchObject({ status: 403, body: { error: { code: 'consent-needed' } } })
  await brand.settle()
  const stored = await everythingStored(String(brand.env['MONGODB_URI']))
  expect(stored).not.toContain(chen.openIds.miniProgram)
  expect(stored).not.toContain(String(chen.unionId))

  expect(await chen.answersNotice('agree', { version: 'v0' })).toMatchObject({ status: 409, body: { error: { code: 'other-version' } } })
  expect(await chen.answersNotice('agree')).toMatchObject({ status: 200, body: { version: 'v1', consent: 'given' } })
  expect(await does('add-to-cart', coat)).toMatchObject({ status: 200, body: { accepted: 1 } })
  await brand.settle()
  expect(await kindsOf(chen)).toEqual(['add-to-cart'])
})

test('C5: who declines in the mall, or takes a yes back, has nothing more kept', async () => {
  const qin = brand.tencent.customer('qin')
  const does = inMall(brand.clock, qin)
  await qin.answersNotice('decline')
  expect(await does('view-item', coat)).toMatchObject({ status: 403, body: { error: { code: 'consent-refused' } } })
  brand.clock.move(1000)
  await qin.answersNotice('agree')
  expect(await does('view-item', coat)).toMatchObject({ status: 200 })
  brand.clock.move(1000)
  await qin.answersNotice('withdraw')
  expect(await does('view-item', scarf)).toMatchObject({ status: 403, body: { error: { code: 'consent-refused' } } })
  await brand.settle()
  expect(await kindsOf(qin)).toEqual(['view-item'])
})

test('C5: other words ask again, readers and mall alike; what was shown and said keeps its version and time', async () => {
  writeTexts('v2')
  const later = await brand.another()
  const lin = brand.tencent.customer('lin')
  const chen = brand.tencent.customer('chen')
  brand.tencent.connect(later.url, String(brand.env['PUBLIC_URL']))
  expect((await lin.opens(article)).html).toContain('>同意</button>')
  expect((await chen.startsMallSession()).body).toMatchObject({ notice: { version: 'v2', consent: 'needed' } })
  expect(await inMall(brand.clock, chen)('view-item', scarf)).toMatchObject({ status: 403 })
  await chen.answersNotice('agree')
  expect(await inMall(brand.clock, chen)('view-item', scarf)).toMatchObject({ status: 200 })
  const keys = [`openid:${brand.tencent.brand.miniProgram.appId}:${chen.openIds.miniProgram}`] as never
  const acts = await brand.server.stores.notices.of(keys)
  expect(acts.map(({ source, deed, version, how }) => [source, deed, version, how])).toEqual([
    ['beacon', 'agreed', 'v1', 'app'],
    ['beacon', 'agreed', 'v2', 'app'],
  ])
  brand.tencent.connect(brand.url, String(brand.env['PUBLIC_URL']))
})

test('C5: where the brand shows the text, it says since when; who comes later was told, who came before was not', async () => {
  const shipped = JSON.parse(readFileSync(noticesFile, 'utf8'))
  shipped.sources['official-account'].inPlaceSince = '2026-03-02T12:00:00+08:00'
  writeFileSync(noticesFile, JSON.stringify(shipped))
  const told = await openBrand({ at: '2026-03-02T10:00', env: { NOTICES_FILE: noticesFile } })
  const [early, late] = [told.tencent.customer('early'), told.tencent.customer('late')]
  await early.follows()
  told.clock.set('2026-03-02T12:00')
  await late.follows()
  await late.taps('预约到店')
  await told.settle()
  const actsOf = async (customer: CustomerActor) => {
    const key = `openid:${told.tencent.brand.account.appId}:${customer.openIds.account}` as never
    return (await told.server.stores.notices.of([key])).map(({ source, deed, how, at }) => [source, deed, how, at.toISOString()])
  }
  expect(await actsOf(early)).toEqual([])
  expect(await actsOf(late)).toEqual([['official-account', 'shown', 'declared', '2026-03-02T04:00:00.000Z']])

  shipped.sources['official-account'].notice.zh = '别的话，没有换版本。'
  writeFileSync(noticesFile, JSON.stringify(shipped))
  await told.another()
  expect(told.log.lines.map(({ msg }) => msg)).toContain('a notice was changed without a new version: nobody is asked again')
  expect(told.tencent.problems).toEqual([])
  await told.close()
})

test.each([
  ['CONSENT_FIRST must list only beacon, links, official-account, wechat-shop, inbound', { CONSENT_FIRST: 'beacon,everything' }, {}],
  ['notices.json sources.beacon.consent: must be words', { CONSENT_FIRST: 'beacon' }, { consent: null }],
  ['notices.json sources.beacon.version: must be 1 to 40 letters', {}, { version: 'a b' }],
  ['notices.json sources.beacon.notice.zh: has an unknown placeholder {shop}', {}, { notice: { zh: '欢迎来到{shop}', en: 'Welcome' } }],
] as const)('C5: %s', async (problem, env, changed) => {
  const shipped = JSON.parse(readFileSync(noticesFile, 'utf8'))
  shipped.sources.beacon = { ...shipped.sources.beacon, ...changed }
  const path = join(folder, 'broken', 'notices.json')
  mkdirSync(join(folder, 'broken'), { recursive: true })
  writeFileSync(path, JSON.stringify(shipped))
  await expect(openBrand({ env: { ...env, NOTICES_FILE: path } })).rejects.toThrow(problem)
})

test('C5: where the account asks first, nothing it tells of 林小姐 is kept before she agrees on her own page, nor after she takes it back', async () => {
  const asking = await openBrand({ env: { ...inboundEnv, CONSENT_FIRST: 'official-account,wechat-shop,inbound', OA_MEMBER_CARDS: 'pVipCard0000000000000000001' } })
  const mei = asking.tencent.staff('mei', { name: '小梅' })
  const lin = asking.tencent.customer('lin-asked', { name: '林小姐' })
  const me = `${asking.env['PUBLIC_URL']}/me`
  const kinds = async () => {
    asking.clock.move(60_000)
    await asking.settle()
    return (await lookAt(asking, lin).timeline()).map(({ kind }) => kind)
  }
  const decides = async (answer: string) => {
    const { html } = await lin.opens(me)
    const row = html.split('<li class="choice">').find((each) => each.includes('value="official-account"') && each.includes(`value="${answer}"`))
    const sent = await lin.browser.request(`${me}/consent`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: formOf(String(row)).toString(),
    })
    expect(sent.headers.get('location')).toMatch(/^\/me\?done=/)
  }

  await mei.adds(lin)
  await lin.follows()
  // Which card is hers is all that this tells: it waits for her yes like the rest.
  await lin.memberCard('activates', { id: 'pVipCard0000000000000000001', code: '226009850808' })
  await lin.writes('大衣多少钱')
  const order = await lin.orders([coatInShop])
  await lin.pays(order.orderNo)
  expect(await kinds()).toEqual(['became-contact'])
  expect(mei.titles.filter((title) => /付款|问|关注/.test(title))).toEqual([])
  const stored = await everythingStored(String(asking.env['MONGODB_URI']))
  for (const secret of ['多少钱', lin.openIds.account, lin.openIds.shop, order.orderNo]) expect(stored).not.toContain(secret)

  await decides('agree')
  await lin.writes('大衣多少钱')
  expect(await kinds()).toContain('sent-message')
  expect(mei.phone.at(-1)?.title).toContain('林小姐')
  await decides('withdraw')
  await lin.writes('还有货吗')
  expect((await kinds()).filter((kind) => kind === 'sent-message')).toHaveLength(1)

  // C4: what she pays once she is erased is the law's, and waits for no consent.
  await asking.server.useCases.eraseCustomer.erase(`external:${lin.externalUserId}` as IdentityKey, 'request', 'person', 'customer')
  await kinds()
  const { status } = await connector(asking, 'erp', secrets.INBOUND_ERP_SECRET)(message('erp-orders.json', { order: 'E-late', time: asking.clock.now().toISOString(), unionid: String(lin.unionId) }))
  expect(status).toBe(202)
  expect(await kinds()).toEqual([])
  expect((await asking.server.stores.locked.list(5)).map(({ content }) => content['orderNo'])).toContain('E-late')
  expect(asking.tencent.problems).toEqual([])
  await asking.close()
})

test('C6 C5: of who never became anybody to us, a yes goes after a year, a no after three; whoever is somebody keeps both', async () => {
  const dayMs = 86_400_000
  const [xu, he, lin] = ['xu', 'he', 'lin'].map((name) => brand.tencent.customer(name)) as [CustomerActor, CustomerActor, CustomerActor]
  await xu.answersNotice('agree')
  await he.answersNotice('agree')
  brand.clock.move(1000)
  await he.answersNotice('decline')
  await brand.tencent.staff('mei').adds(lin)
  await brand.settle()
  const { enforceRetention } = brand.server.useCases
  const { miniProgram, account } = brand.tencent.brand
  const deedsOf = async (customer: CustomerActor) => {
    const { openIds } = customer
    const keys = [`openid:${miniProgram.appId}:${openIds.miniProgram}`, `openid:${account.appId}:${openIds.account}`] as IdentityKey[]
    return (await brand.server.stores.notices.of(keys)).map(({ deed }) => deed)
  }
  expect((await enforceRetention()).removed).toMatchObject({ notices: 0, refusals: 0 })
  const lins = await deedsOf(lin)
  expect(lins).toContain('agreed')

  brand.clock.move(366 * dayMs)
  expect((await enforceRetention()).removed).toMatchObject({ notices: 1, refusals: 0 })
  expect([await deedsOf(xu), await deedsOf(he)]).toEqual([[], ['agreed', 'declined']])
  brand.clock.move(730 * dayMs)
  expect((await enforceRetention()).removed).toMatchObject({ refusals: 2 })
  expect([await deedsOf(he), await deedsOf(lin)]).toEqual([[], lins])
})
