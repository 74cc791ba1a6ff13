import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import type { StaffId } from '../domain/ids.ts'
import type { CorpTagDirectory, CorpTags } from '../ports/corp-tags.ts'
import type { Log } from '../ports/log.ts'
import type { CompanyDirectory, Members } from '../ports/members.ts'

export interface RefreshDirectoryDeps {
  companyDirectory: CompanyDirectory
  members: Members
  corpTagDirectory: CorpTagDirectory
  corpTags: CorpTags
  log: Log
}

export type RefreshDirectory = ReturnType<typeof createRefreshDirectory>

/**
 * What callbacks about members and tags mean for our copies (A2). They tell that something changed, not all of what: so
 * that is read again. An answer that is not to be had now comes with the next synchronisation.
 */
export function createRefreshDirectory({ companyDirectory, members, corpTagDirectory, corpTags, log }: RefreshDirectoryDeps) {
  async function orLater(refresh: () => Promise<void>): Promise<void> {
    try {
      await refresh()
    } catch (error) {
      if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
      log.warn({ api: error.api, code: error.code }, 'what changed in the company is read with the next synchronisation')
    }
  }

  return {
    ofMember: (id: StaffId): Promise<void> =>
      orLater(async () => {
        const member = await companyDirectory.member(id)
        if (member) await members.put([member])
      }),

    memberLeft: (id: StaffId): Promise<void> => members.remove([id]),

    ofTags: (): Promise<void> =>
      orLater(async () => {
        const groups = await corpTagDirectory.corpTags()
        await corpTags.put(groups)
        await corpTags.keepOnly(groups.map(({ id }) => id))
      }),
  }
}
