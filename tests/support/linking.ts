import { identityKey, type AppId, type IdentityKey, type OpenId } from '../../server/domain/ids.ts'
import type { Join } from '../../server/domain/person.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { lookAt } from './look.ts'
import { coat, inMall } from './mall.ts'
import type { TestBrand } from './open-brand.ts'

/** 林小姐 is 小梅's customer, and somebody's basket in the mall counts as hers. */
export async function basketOfLin(brand: TestBrand): Promise<{ mei: StaffActor; lin: CustomerActor }> {
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  await mei.adds(lin)
  await brand.settle()
  await brand.passes(1)
  await inMall(brand.clock, lin)('add-to-cart', coat)
  await brand.passes(121)
  return { mei, lin }
}

/** The join of the mall's openid, as operators find it. */
export async function mallJoin(brand: TestBrand, customer: CustomerActor): Promise<Join> {
  const joins = await brand.server.useCases.undoJoin.joins(mallKey(brand, customer))
  const join = joins.find(({ a, b }) => [a, b].includes(mallKey(brand, customer)))
  if (!join) throw new Error('the mall’s visitor was never joined')
  return join
}

/** The customer as the mini-program knows them. */
export function mallKey({ tencent }: TestBrand, customer: CustomerActor): IdentityKey {
  const { appId } = tencent.brand.miniProgram
  return identityKey({ kind: 'openid', appId: appId as AppId, openId: customer.openIds.miniProgram as OpenId })
}

/** `rule state` of each alert about the customer. */
export async function alertsOf(brand: TestBrand, customer: CustomerActor): Promise<readonly string[]> {
  return (await lookAt(brand, customer).alerts()).map(({ rule, state }) => `${rule} ${state}`).toSorted()
}
