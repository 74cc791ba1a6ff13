import type { CustomerEvent } from './event.ts'
import type { NoticeAct, NoticeSource } from './notice.ts'
import type { Recording } from './recording.ts'

/** What a customer sees of what we noted about them (C4). */
export interface OwnRecord {
  recording: Recording
  /** They have asked for everything to be erased, and that is not over yet. */
  erasing: boolean
  /** Members who have them as a contact now, and since when. */
  followers: readonly { name: string | null; since: Date }[]
  /** Where we know them, or told them something. */
  sources: readonly NoticeSource[]
  notices: readonly NoticeAct[]
  /** Newest first. */
  events: readonly CustomerEvent[]
  /** Where older events begin; null at the end. */
  older: Date | null
}
