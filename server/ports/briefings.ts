import type { ExternalUserId, StaffId } from '../domain/ids.ts'

/** One message at becoming a contact: which events it told, so that none is told again. */
export interface Briefing {
  key: string
  externalUserId: ExternalUserId
  staffId: StaffId
  at: Date
  eventKeys: readonly string[]
  /** Which briefing of this member about this customer it is, from 0: one each, whoever writes it; absent: not counted. */
  turn?: number
}

export interface Briefings {
  /** False: there is one of that key, or that turn was taken by somebody else; nothing is written then. */
  put(briefing: Briefing): Promise<boolean>
  of(id: ExternalUserId): Promise<readonly Briefing[]>
  /** The same of each of these; who was told nothing is left out. */
  many(ids: readonly ExternalUserId[]): Promise<ReadonlyMap<ExternalUserId, readonly Briefing[]>>
}
