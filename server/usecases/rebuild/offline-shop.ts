import type { AppId } from '../../domain/ids.ts'
import type { Shop } from '../../ports/shop.ts'

/** Never asked: in a rebuild every answer is one of back then (recorded-answers.ts). */
export const offlineShop: Shop = {
  appId: '' as AppId,
  read: nothing,
  readAfterSale: nothing,
  couponOwner: nothing,
  item: nothing,
  memberCode: nothing,
  changedOrders: async () => ({ numbers: [], nextCursor: '' }),
  newAfterSales: async () => ({ numbers: [], nextCursor: '' }),
}

async function nothing(): Promise<null> {
  return null
}
