import { z } from 'zod'
import type { OpenId, UnionId } from '../../domain/ids.ts'
import type { FollowerList } from '../../ports/followers.ts'
import type { TencentApi } from '../tencent/api.ts'
import { optionalText, optionalTime, whole } from '../tencent/words.ts'

const list = z.object({
  total: whole.nullish(),
  count: whole.nullish(),
  data: z.object({ openid: z.array(z.string().min(1)).nullish() }).nullish(),
  next_openid: optionalText,
})
const infos = z.object({
  user_info_list: z.array(
    z.object({
      openid: z.string().min(1),
      subscribe: whole,
      unionid: optionalText,
      subscribe_time: optionalTime,
      qr_scene_str: optionalText,
    }),
  ),
})

/** user/get and user/info/batchget (Official Account, api/usermanage): only verified accounts may ask. */
export function accountFollowers({ api }: { api: TencentApi }): FollowerList {
  return {
    async page(after) {
      const answer = await api.get('/cgi-bin/user/get', after === '' ? {} : { next_openid: after }, list)
      const openIds = (answer.data?.openid ?? []) as OpenId[]
      return { openIds, total: answer.total ?? openIds.length, next: openIds.length > 0 ? (answer.next_openid ?? '') : '' }
    },
    async infos(openIds) {
      const asked = { user_list: openIds.map((openid) => ({ openid, lang: 'zh_CN' })) }
      const answer = await api.post('/cgi-bin/user/info/batchget', asked, infos)
      return answer.user_info_list.map((one) => ({
        openId: one.openid as OpenId,
        follows: one.subscribe === 1,
        unionId: one.unionid as UnionId | null,
        followedAt: one.subscribe_time,
        scene: one.qr_scene_str,
      }))
    },
  }
}
