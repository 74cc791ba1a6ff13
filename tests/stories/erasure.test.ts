import { afterAll, beforeAll, expect, test } from 'vitest'
import { identityKey, type ExternalUserId, type IdentityKey } from '../../server/domain/ids.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { articleOf } from '../support/article.ts'
import { connector, inboundEnv, message, secrets } from '../support/connector.ts'
import { everythingStored } from '../support/everything-stored.ts'
import { lookAt } from '../support/look.ts'
import { coat, coatInShop, inMall, scarf } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn, type Page } from '../support/page.ts'

let brand: TestBrand
let mei: StaffActor
let page: Page
let article: string
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: inboundEnv })
  mei = brand.tencent.staff('mei', { name: '小梅' })
  page = await signedIn(brand, mei)
  article = await articleOf(brand, mei)
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

const stored = () => everythingStored(brand.env['MONGODB_URI'] ?? '')
const contactKey = (customer: CustomerActor) => identityKey({ kind: 'external', externalUserId: customer.externalUserId as ExternalUserId })
const erp = (...input: Parameters<ReturnType<typeof connector>>) => connector(brand, 'erp', secrets.INBOUND_ERP_SECRET)(...input)

/** Everything by which the platforms and we name this customer. */
const namesOf = (customer: CustomerActor) =>
  [customer.externalUserId, customer.unionId, ...Object.values(customer.openIds)].filter((id): id is string => typeof id === 'string')

const traces = async (customer: CustomerActor) => {
  const text = await stored()
  return namesOf(customer).filter((id) => text.includes(id))
}

/** Somebody who did a little of everything. */
async function active(id: string, name: string): Promise<CustomerActor> {
  const customer = brand.tencent.customer(id, { name })
  await customer.follows()
  await mei.adds(customer)
  await brand.passes(1)
  await customer.taps('预约到店')
  await customer.opens(article)
  await inMall(brand.clock, customer)('add-to-cart', coat)
  await inMall(brand.clock, customer)('view-item', scarf)
  await customer.orders([coatInShop])
  await brand.passes(1)
  return customer
}

test('C4: what was erased is nowhere, somebody else’s is untouched, and neither sync, replay, import nor a colleague brings it back', async () => {
  const lin = await active('linlin-erased-2026', '林暮雪')
  const wu = await active('wu-stays-2026', '吴小姐')
  const before = { timeline: await lookAt(brand, wu).timeline(), alerts: await lookAt(brand, wu).alerts(), persons: await lookAt(brand, wu).persons() }
  expect(await traces(lin)).not.toEqual([])
  expect(await stored()).toContain('林暮雪')

  const id = await brand.server.useCases.eraseCustomer.erase(contactKey(lin), 'request', 'person', 'customer')
  await brand.settle()
  expect(await traces(lin)).toEqual([])
  expect(await stored()).not.toContain('林暮雪')
  expect(brand.log.text()).not.toMatch(new RegExp(namesOf(lin).join('|')))
  const [request] = (await brand.server.stores.erasures.list(10)).filter((one) => one.id === id)
  expect(request).toMatchObject({ state: 'done', key: null, subject: null })
  const after = { timeline: await lookAt(brand, wu).timeline(), alerts: await lookAt(brand, wu).alerts(), persons: await lookAt(brand, wu).persons() }
  expect(after).toEqual(before)

  // What comes by itself.
  await brand.server.useCases.syncContacts()
  await brand.server.useCases.synchronise()
  await lin.taps('预约到店')
  await lin.opens(article)
  await inMall(brand.clock, lin)('add-to-cart', coat)
  await lin.orders([coatInShop])
  await mei.edits(lin)
  const imported = message('erp-orders.json', { order: 'E-9', time: brand.clock.now().toISOString(), unionid: String(lin.unionId) })
  await erp(imported)
  await brand.passes(90)
  expect(await traces(lin)).toEqual([])
  expect(mei.phone.filter(({ title }) => title.includes('林暮雪') && title.includes('预约'))).toHaveLength(1)
  expect(await page.get(`/api/customers/${lin.externalUserId}`)).toMatchObject({ status: 403, code: 'erased' })
})
void ({} as IdentityKey)
