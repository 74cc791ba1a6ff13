import type { ExternalUserId, StaffId } from '../domain/ids.ts'

/** One message at becoming a contact: which events it told, so that none is told again. */
export interface Briefing {
  key: string
  externalUserId: ExternalUserId
  staffId: StaffId
  at: Date
  eventKeys: readonly string[]
}

export interface Briefings {
  put(briefing: Briefing): Promise<void>
  of(id: ExternalUserId): Promise<readonly Briefing[]>
}
