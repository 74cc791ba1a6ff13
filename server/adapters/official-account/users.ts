import { z } from 'zod'
import type { UnionId } from '../../domain/ids.ts'
import type { AccountUsers } from '../../ports/identities.ts'
import type { TencentApi } from '../tencent/api.ts'
import { optionalText, whole } from '../tencent/words.ts'

const userInfo = z.object({ subscribe: whole, unionid: optionalText })

/** user/info; who does not follow (`subscribe` 0) is told without more (Official Account, api/usermanage). */
export function accountUsers({ api }: { api: TencentApi }): AccountUsers {
  return {
    async info(openId) {
      const answer = await api.get('/cgi-bin/user/info', { openid: openId, lang: 'zh_CN' }, userInfo)
      return { follows: answer.subscribe === 1, unionId: answer.unionid as UnionId | null }
    },
  }
}
