import { z } from 'zod'
import { answerOf, tencentApi, type TencentApi } from '../tencent/api.ts'
import type { TencentHttp } from '../tencent/http.ts'
import { keeperName, tokenKeeper, type KeeperDeps } from '../tencent/token-keeper.ts'
import { lifeSeconds } from '../tencent/words.ts'

/** One secret of the company: the app's own, or the one for customer contact. */
export interface WeComSecret {
  corpId: string
  secret: string
}

const path = '/cgi-bin/gettoken'
const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: lifeSeconds })
/** Without 40001: in WeCom that is a bad secret, and repeating it gets our IP banned (document/path/90313). */
const staleToken: ReadonlySet<number> = new Set([40014, 42001])

/** WeCom's API under the token of one secret; tokens are not interchangeable between secrets (document/path/91039). */
export function weComApi(deps: KeeperDeps & { http: TencentHttp; base: string }, owner: WeComSecret): TencentApi {
  const query = { corpid: owner.corpId, corpsecret: owner.secret }
  const keeper = tokenKeeper(deps, {
    name: keeperName('wecom-token', deps.base, owner.corpId, owner.secret),
    api: path,
    async fetch() {
      const answer = answerOf(path, await deps.http({ base: deps.base, api: path, query }), tokenAnswer)
      return { token: answer.access_token, expiresInSeconds: answer.expires_in }
    },
  })
  return tencentApi({ http: deps.http, base: deps.base, keeper, staleToken, log: deps.log })
}
