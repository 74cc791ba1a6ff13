import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import type { StaffId } from '../domain/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { Observations } from '../ports/contacts.ts'
import type { ShopOrder } from '../ports/identities.ts'
import type { Log } from '../ports/log.ts'
import type { Shop } from '../ports/shop.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import { inParallel } from './in-parallel.ts'

export interface CreditMembersDeps {
  shop: Shop | null
  staffDirectory: StaffDirectory
  observations: Observations
  clock: Clock
  log: Log
}

export type CreditMembers = ReturnType<typeof createCreditMembers>

const asksAtOnce = 8

/**
 * Which members' forwarding brought an order. The shop names members by codes of its own and translates only from our
 * userids to its codes, so the codes of all members are learnt once and compared. What the shop tells is kept as an
 * observation, whether or not a member is found: a code that is unknown now is never guessed.
 */
export function createCreditMembers(deps: CreditMembersDeps) {
  const { shop, staffDirectory, observations, clock, log } = deps
  const memberOf = new Map<string, StaffId>()
  const asked = new Set<StaffId>()

  async function learn(ask: Shop): Promise<void> {
    const unknown = (await staffDirectory.all()).filter(({ staffId }) => !asked.has(staffId))
    await inParallel(asksAtOnce, unknown, async ({ staffId, userid }) => {
      const code = await ask.memberCode(userid)
      asked.add(staffId)
      if (code !== null) memberOf.set(code, staffId)
    })
  }

  async function membersOf(ask: Shop, codes: readonly string[]): Promise<readonly StaffId[]> {
    try {
      if (codes.some((code) => !memberOf.has(code))) await learn(ask)
    } catch (error) {
      if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
      log.warn({ api: error.api, code: error.code }, 'members could not be credited')
    }
    return [...new Set(codes.flatMap((code) => memberOf.get(code) ?? []))]
  }

  return async function creditMembers(order: ShopOrder): Promise<readonly StaffId[]> {
    const { appId, orderNo, status, credit, memberCodes } = order
    if (shop === null || credit === null) return []
    const members = await membersOf(shop, memberCodes)
    const key = `order-credit:${appId}:${orderNo}:${status}`
    const content = { appId, orderNo, ...credit, members }
    await observations.record([{ key, at: clock.now(), kind: 'order-credit', content }])
    return members
  }
}
