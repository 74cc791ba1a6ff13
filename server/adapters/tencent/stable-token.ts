import { z } from 'zod'
import type { TencentApi } from './api.ts'
import { answerOf, tencentApi } from './api.ts'
import type { TencentHttp } from './http.ts'
import { keeperName, tokenKeeper, type KeeperDeps } from './token-keeper.ts'
import { lifeSeconds } from './words.ts'

/** appid and secret of an Official Account, shop or mini-program. */
export interface AppSecret {
  appId: string
  appSecret: string
}

const path = '/cgi-bin/stable_token'
const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: lifeSeconds })
/** Here 40001 is an invalid token, unlike in WeCom (Official Account: api_getstableaccesstoken). */
const staleToken: ReadonlySet<number> = new Set([40001, 40014, 42001])

/** The API of one appid under its stable token. Normal mode only: forcing a refresh is rationed to 20 a day. */
export function stableTokenApi(deps: KeeperDeps & { http: TencentHttp; base: string }, app: AppSecret): TencentApi {
  const body = { grant_type: 'client_credential', appid: app.appId, secret: app.appSecret, force_refresh: false }
  const keeper = tokenKeeper(deps, {
    name: keeperName('stable-token', deps.base, app.appId, app.appSecret),
    api: path,
    async fetch() {
      const answer = answerOf(path, await deps.http({ base: deps.base, api: path, query: {}, body }), tokenAnswer)
      return { token: answer.access_token, expiresInSeconds: answer.expires_in }
    },
  })
  return tencentApi({ http: deps.http, base: deps.base, keeper, staleToken, log: deps.log })
}
