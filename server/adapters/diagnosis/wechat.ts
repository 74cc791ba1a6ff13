import { z } from 'zod'
import type { AccountProbe, AppProbe, ShopProbe } from '../../ports/probes.ts'
import type { Clock } from '../../ports/clock.ts'
import { accountFollowers } from '../official-account/followers.ts'
import type { TencentHttp } from '../tencent/http.ts'
import { stableTokenApi, type AppSecret } from '../tencent/stable-token.ts'
import type { KeeperDeps } from '../tencent/token-keeper.ts'
import { sampleOf } from './wecom.ts'

type Wires = KeeperDeps & { http: TencentHttp; base: string }

const mostFollowers = 1_000
const followersAtOnce = 100

/** Whether appid and secret belong together, by asking for a token: the only question that every app may put. */
export function appProbe({ http, base }: Wires, { appId, appSecret }: AppSecret): AppProbe {
  return {
    async signIn() {
      const body = { grant_type: 'client_credential', appid: appId, secret: appSecret, force_refresh: false }
      await http({ base, api: '/cgi-bin/stable_token', query: {}, body })
    },
  }
}

/** The Official Account, whose followers' unionids show whether it is bound to an Open Platform account. */
export function accountProbe(wires: Wires, account: AppSecret): AccountProbe {
  const followers = accountFollowers({ api: stableTokenApi(wires, account) })
  return {
    ...appProbe(wires, account),
    async followers() {
      const { openIds } = await followers.page('')
      const some = openIds.slice(0, mostFollowers)
      const found: (string | null)[] = []
      for (let start = 0; start < some.length; start += followersAtOnce) {
        const infos = await followers.infos(some.slice(start, start + followersAtOnce))
        found.push(...infos.filter(({ follows }) => follows).map(({ unionId }) => unionId))
      }
      return sampleOf(found)
    },
  }
}

/** The WeChat shop, by its list of orders (wechat-shop.md section 4). */
export function shopProbe(wires: Wires & { clock: Clock }, shop: AppSecret): ShopProbe {
  const api = stableTokenApi(wires, shop)
  return {
    ...appProbe(wires, shop),
    async orders() {
      const end = Math.floor(wires.clock.now().getTime() / 1000)
      const body = { update_time_range: { start_time: end - 3600, end_time: end }, page_size: 1 }
      await api.post('/channels/ec/order/list/get', body, z.object({}))
    },
  }
}
