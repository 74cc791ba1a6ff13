import { z } from 'zod'
import type { OpenId, UnionId } from '../../domain/ids.ts'
import type { MiniProgramLogin } from '../../ports/identities.ts'
import { answerOf } from '../tencent/api.ts'
import type { TencentHttp } from '../tencent/http.ts'
import type { AppSecret } from '../tencent/stable-token.ts'
import { optionalText } from '../tencent/words.ts'

export interface LoginDeps extends AppSecret {
  http: TencentHttp
  base: string
}

/** The answer's session_key is not read, so that it cannot leave. */
const session = z.object({ openid: z.string().min(1), unionid: optionalText })

/** jscode2session: who logged in by wx.login (mini-program, user login). */
export function miniProgramLogin({ http, base, appId, appSecret }: LoginDeps): MiniProgramLogin {
  return {
    async exchange(code) {
      const api = '/sns/jscode2session'
      const query = { appid: appId, secret: appSecret, js_code: code, grant_type: 'authorization_code' }
      const answer = answerOf(api, await http({ base, api, query }), session)
      return { openId: answer.openid as OpenId, unionId: answer.unionid as UnionId | null }
    },
  }
}
