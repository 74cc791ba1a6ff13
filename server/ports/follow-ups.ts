import type { ExternalUserId, StaffId } from '../domain/ids.ts'

/** Something a salesperson did for a customer from our pages. WeCom does not tell what was typed in the chat. */
export interface FollowUp {
  externalUserId: ExternalUserId
  staffId: StaffId
  what: 'following' | 'opener' | 'article' | 'copied'
  at: Date
}

export interface FollowUps {
  add(followUp: FollowUp): Promise<void>
  /** The newest about this customer, by anybody; null when we know of none. */
  last(id: ExternalUserId): Promise<FollowUp | null>
}
