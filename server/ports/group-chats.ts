import type { ExternalUserId, StaffId } from '../domain/ids.ts'

/** A customer group (客户群) as WeCom tells it now. */
export interface GroupChat {
  id: string
  name: string
  members: readonly StaffId[]
  /** People from outside, whether anybody has them as a contact or not. */
  customers: readonly ExternalUserId[]
}

export interface GroupChats {
  /** groupchat/get; null: WeCom knows no such group. @throws TencentRefused, TencentUnreachable */
  read(chatId: string): Promise<GroupChat | null>
}
