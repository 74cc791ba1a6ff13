import type { Clock } from '../../ports/clock.ts'
import type { PageSignatures } from '../../ports/staff.ts'
import { signPageNow } from '../tencent/tickets.ts'
import type { TokenKeeper } from '../tencent/token-keeper.ts'

export interface PageSignatureDeps {
  clock: Clock
  /** Ticket of get_jsapi_ticket, for config. */
  corpTicket: TokenKeeper
  /** Ticket of ticket/get?type=agent_config, from this app's own token, for agentConfig; not interchangeable. */
  agentTicket: TokenKeeper
}

/** Signatures for `@wecom/jssdk` in our pages (document/path/94313). Whose page it is, the caller has checked. */
export function weComPageSignatures({ clock, corpTicket, agentTicket }: PageSignatureDeps): PageSignatures {
  return {
    async sign(kind, url) {
      const ticket = await (kind === 'corp' ? corpTicket : agentTicket).token()
      return signPageNow(ticket, url, clock)
    },
  }
}
