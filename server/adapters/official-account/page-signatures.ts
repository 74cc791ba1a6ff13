import type { Clock } from '../../ports/clock.ts'
import type { AccountPageSignatures } from '../../ports/staff.ts'
import { signPageNow } from '../tencent/tickets.ts'
import type { TokenKeeper } from '../tencent/token-keeper.ts'

/** JS-SDK signatures for the share card of the reader page; inside WeCom its own ticket counts. */
export function accountPageSignatures(deps: {
  clock: Clock
  ticket: TokenKeeper
  appId: string
}): AccountPageSignatures {
  return {
    async sign(url) {
      return { appId: deps.appId, ...signPageNow(await deps.ticket.token(), url, deps.clock) }
    },
  }
}
