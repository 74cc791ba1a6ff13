import { parseIdentityKey, type IdentityKey } from '../domain/ids.ts'
import { recordingOf, silenced, type Fingerprint } from '../domain/recording.ts'
import type { Marks } from '../ports/privacy.ts'
import type { EraseCustomer } from './erase-customer.ts'
import type { KnowRecording } from './recording.ts'

export interface SpreadSilenceDeps {
  marks: Marks
  recording: KnowRecording
  takeFingerprint: (key: IdentityKey) => Fingerprint
  erase: EraseCustomer['erase']
}

/** true: one of the two is silent, and now both are; false: neither is. */
export type SpreadSilence = (a: IdentityKey, b: IdentityKey) => Promise<boolean>

/**
 * Two identities turn out to be one human, of whom one paused or was erased: the other is silent too, and what is stored
 * of it goes (C4). The link itself is not stored.
 */
export function createSpreadSilence({ marks, recording, takeFingerprint, erase }: SpreadSilenceDeps): SpreadSilence {
  return async (a, b) => {
    const known = await recording.marksOf([a, b])
    const silent = [a, b].filter((key) => recordingOf(known.get(key)) !== 'on')
    const loud = [a, b].find((key) => !silent.includes(key))
    const mark = silent[0] === undefined ? undefined : known.get(silent[0])
    if (!mark) return false
    if (loud === undefined) return true
    await marks.change([takeFingerprint(loud)], (own, print) =>
      mark.silences.reduce((made, silence) => silenced(made, print, mark.group, silence), own ?? { print, group: mark.group, silences: [] }),
    )
    // Of a paused contact only what they did goes: that a member has them as a contact stays.
    const isContact = parseIdentityKey(loud).kind === 'external' && recordingOf(mark) === 'paused'
    await erase(loud, 'linked', isContact ? 'events' : 'identity')
    return true
  }
}
