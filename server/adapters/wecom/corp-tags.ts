import { z } from 'zod'
import type { CorpTagDirectory, CustomerTags } from '../../ports/corp-tags.ts'
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

/** mark_tag: for the member's own relation; empty lists are left out (document/path/92118). */
export function weComCustomerTags({ api }: { api: TencentApi }): CustomerTags {
  return {
    async mark({ userid, externalUserId, add, remove }) {
      const lists = { ...(add.length > 0 ? { add_tag: add } : {}), ...(remove.length > 0 ? { remove_tag: remove } : {}) }
      await api.post('/cgi-bin/externalcontact/mark_tag', { userid, external_userid: externalUserId, ...lists }, z.object({}))
    },
  }
}
