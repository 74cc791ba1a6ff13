import { z } from 'zod'
import type { CorpTagDirectory } from '../../ports/corp-tags.ts'
import type { TencentApi } from '../tencent/api.ts'
import { optionalText, whole } from '../tencent/words.ts'

const tag = z.object({ id: z.string().min(1), name: optionalText, order: whole.nullish(), deleted: z.boolean().nullish() })
const group = z.object({
  group_id: z.string().min(1),
  group_name: optionalText,
  order: whole.nullish(),
  deleted: z.boolean().nullish(),
  tag: z.array(tag).nullish(),
})
const tagList = z.object({ tag_group: z.array(group).nullish() })

/** get_corp_tag_list without ids: all of them; `api` under the customer-contact secret (document/path/92117). */
export function weComCorpTags({ api }: { api: TencentApi }): CorpTagDirectory {
  return {
    async corpTags() {
      const answer = await api.post('/cgi-bin/externalcontact/get_corp_tag_list', {}, tagList)
      const groups = (answer.tag_group ?? []).filter(({ deleted }) => !deleted)
      return groups.map(({ group_id: id, group_name: name, order, tag: tags }) => ({
        id,
        name: name ?? '',
        order: order ?? 0,
        tags: (tags ?? []).filter(({ deleted }) => !deleted).map((one) => ({ id: one.id, name: one.name ?? '', order: one.order ?? 0 })),
      }))
    },
  }
}
