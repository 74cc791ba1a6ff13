import { identityKey, type ExternalUserId, type IdentityKey } from '../domain/ids.ts'
import { mayKeep, recordingOf, type Fingerprint, type Mark, type Recording } from '../domain/recording.ts'
import type { Marks } from '../ports/privacy.ts'

export interface RecordingDeps {
  marks: Marks
  takeFingerprint: (key: IdentityKey) => Fingerprint
}

export type KnowRecording = ReturnType<typeof createRecording>

/** Whether we may note what somebody does (C4). One question to the store, however many are asked about. */
export function createRecording({ marks, takeFingerprint }: RecordingDeps) {
  async function marksOf(keys: readonly IdentityKey[]): Promise<ReadonlyMap<IdentityKey, Mark>> {
    const prints = new Map([...new Set(keys)].map((key) => [key, takeFingerprint(key)]))
    if (prints.size === 0) return new Map()
    const found = await marks.find([...prints.values()])
    return new Map([...prints].flatMap(([key, print]) => {
      const mark = found.get(print)
      return mark ? [[key, mark] as const] : []
    }))
  }

  async function of(key: IdentityKey): Promise<Recording> {
    return recordingOf((await marksOf([key])).get(key))
  }

  return {
    marksOf,
    of,
    ofContact: (externalUserId: ExternalUserId): Promise<Recording> => of(identityKey({ kind: 'external', externalUserId })),
    /** Nothing that this identity does may be stored now: paused, or erased and not begun anew. */
    async isPaused(key: IdentityKey): Promise<boolean> {
      return (await of(key)) !== 'on'
    },
    /** Those of these who were erased and have not begun anew. */
    async erasedAmong(keys: readonly IdentityKey[]): Promise<ReadonlySet<IdentityKey>> {
      const found = await marksOf(keys)
      return new Set([...found].filter(([, mark]) => recordingOf(mark) === 'erased').map(([key]) => key))
    },
    /** Those of these of whom nothing may be stored now. */
    async pausedAmong(keys: readonly IdentityKey[]): Promise<ReadonlySet<IdentityKey>> {
      const found = await marksOf(keys)
      return new Set([...found].filter(([, mark]) => recordingOf(mark) !== 'on').map(([key]) => key))
    },
    /** Of each of these, in their order, whether it may be kept. */
    async mayKeep(list: readonly { key: IdentityKey; at: Date }[]): Promise<readonly boolean[]> {
      const found = await marksOf(list.map(({ key }) => key))
      return list.map(({ key, at }) => mayKeep(found.get(key), at))
    },
  }
}
