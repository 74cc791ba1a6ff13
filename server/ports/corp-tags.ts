import type { ExternalUserId } from '../domain/ids.ts'

/** A group of the company's tags for customers (标签组), with its tags in the order in which WeCom shows them. */
export interface CorpTagGroup {
  id: string
  name: string
  /** WeCom shows larger numbers first. */
  order: number
  tags: readonly CorpTag[]
}

/** One corp tag (企业标签). A member marks a customer with it: tags belong to that pair (document/path/92117). */
export interface CorpTag {
  id: string
  name: string
  order: number
}

/** Our own copy of the company's tags: filled by synchronisation, kept by callbacks (A2, A10). */
export interface CorpTags {
  /** All groups, in WeCom's order. */
  all(): Promise<readonly CorpTagGroup[]>
  /** Tags by id, each with its group's name; those that we do not know are absent. */
  many(ids: readonly string[]): Promise<ReadonlyMap<string, CorpTag & { groupName: string }>>
  /** Writes only the groups that differ; returns how many those were. */
  put(groups: readonly CorpTagGroup[]): Promise<number>
  /** Whatever group is not among these is no more; returns how many that were. */
  keepOnly(groupIds: readonly string[]): Promise<number>
}

/** Corp tags as WeCom tells them. */
export interface CorpTagDirectory {
  /** get_corp_tag_list, all groups; deleted ones are left out. @throws TencentRefused, TencentUnreachable */
  corpTags(): Promise<readonly CorpTagGroup[]>
}

/** Tags of customers, given by a member. */
export interface CustomerTags {
  /** mark_tag: adds and takes tags of this member's own customer. @throws TencentRefused, TencentUnreachable */
  mark(change: { userid: string; externalUserId: ExternalUserId; add: readonly string[]; remove: readonly string[] }): Promise<void>
}
