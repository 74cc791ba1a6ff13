import type { IdentityKey } from '../domain/ids.ts'
import type { NoticeAct, NoticeSource } from '../domain/notice.ts'

/** Which notice was shown to whom and what they decided, per identity, with version and time (C5). */
export interface Notices {
  /** Notes each act once: a version is shown to an identity the first time only, a decision each time it is made. */
  note(acts: readonly NoticeAct[]): Promise<void>
  /** Oldest first. */
  of(identities: readonly IdentityKey[]): Promise<readonly NoticeAct[]>
  /** Forgets all acts of these identities; how many there were. */
  drop(identities: readonly IdentityKey[]): Promise<number>
  /** Identities with acts that were never looked at, or are to be looked at again by now; of so many acts at most. */
  toCheck(now: Date, limit: number): Promise<readonly IdentityKey[]>
  /** When to look at all acts of each of these again. */
  checkAgain(list: readonly { identities: readonly IdentityKey[]; at: Date }[]): Promise<void>
  /** Keeps the words behind a version for as long as anybody may ask; 'differs': other words were kept under it before. */
  keepText(text: KeptText): Promise<'kept' | 'same' | 'differs'>
}

/** The words behind one version, as they were first in use. */
export interface KeptText {
  source: NoticeSource
  version: string
  text: string
  at: Date
}
