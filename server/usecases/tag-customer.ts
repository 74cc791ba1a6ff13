import { Conflict, Denied, TencentRefused } from '../domain/errors.ts'
import type { ExternalUserId, StaffId } from '../domain/ids.ts'
import type { CorpTagGroup, CorpTags, CustomerTags } from '../ports/corp-tags.ts'
import type { Live } from '../ports/live.ts'
import type { FindMyCustomer } from './find-my-customer.ts'
import { showFollowers } from './show-followers.ts'
import type { UpdateContact } from './update-contact.ts'
import type { GivenTag } from './view-portrait.ts'

export interface TagCustomerDeps {
  findMyCustomer: FindMyCustomer
  updateContact: Pick<UpdateContact, 'refresh' | 'retag'>
  corpTags: CorpTags
  customerTags: CustomerTags
  tagsNamed: (ids: readonly string[]) => Promise<readonly GivenTag[]>
  live: Live
}

export type TagCustomer = ReturnType<typeof createTagCustomer>

/**
 * Tags belong to the pair of member and customer: a member changes her own. What WeCom has taken stands here at once; its
 * next answer says the same (F2).
 */
export function createTagCustomer({ findMyCustomer, updateContact, corpTags, customerTags, tagsNamed, live }: TagCustomerDeps) {
  /** 40068: the tag is no more; 84061: the customer is hers no more (document/path/90313). */
  async function mark(id: ExternalUserId, userid: string, add: readonly string[], remove: readonly string[]): Promise<void> {
    try {
      await customerTags.mark({ userid, externalUserId: id, add, remove })
    } catch (error) {
      if (!(error instanceof TencentRefused)) throw error
      if (error.errcode === 40068) throw new Conflict('tag-gone')
      if (error.errcode === 45035) throw new Conflict('tag-busy')
      if (error.errcode !== 84061 && error.errcode !== 40096) throw error
      await updateContact.refresh(id)
      throw new Denied('not-my-customer')
    }
  }

  return {
    /** Every tag that the company has, by group, in WeCom's order. */
    catalogue: (): Promise<readonly CorpTagGroup[]> => corpTags.all(),

    /** Returns the member's tags of the customer afterwards. @throws Denied, Conflict (tag-gone, tag-busy), TencentRefused, TencentUnreachable */
    async change(staffId: StaffId, id: ExternalUserId, wanted: { add: readonly string[]; remove: readonly string[] }): Promise<readonly GivenTag[]> {
      const contact = await findMyCustomer(staffId, id)
      const follow = contact.follows.find((one) => one.staffId === staffId)
      const has = follow?.tags ?? []
      const add = [...new Set(wanted.add)].filter((tag) => !has.includes(tag))
      const remove = [...new Set(wanted.remove)].filter((tag) => has.includes(tag) && !add.includes(tag))
      if ((await corpTags.many(add)).size < add.length) throw new Conflict('tag-gone')
      if (add.length + remove.length === 0) return tagsNamed(has)
      await mark(id, follow?.userid ?? staffId, add, remove)
      const tags = [...has.filter((tag) => !remove.includes(tag)), ...add]
      await showFollowers(live, await updateContact.retag(id, staffId, tags))
      return tagsNamed(tags)
    },
  }
}
