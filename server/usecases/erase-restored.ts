import type { IdentityKey } from '../domain/ids.ts'
import { recordingOf } from '../domain/recording.ts'
import type { Eraser } from '../ports/privacy.ts'
import type { EraseCustomer } from './erase-customer.ts'
import type { KnowRecording } from './recording.ts'

export interface EraseRestoredDeps {
  eraser: Pick<Eraser, 'identities'>
  recording: Pick<KnowRecording, 'marksOf'>
  eraseCustomer: Pick<EraseCustomer, 'erase'>
}

/**
 * After a backup was restored: whoever is marked as erased and yet is there is erased again (C4). Returns how many
 * identities that were found.
 */
export function createEraseRestored({ eraser, recording, eraseCustomer }: EraseRestoredDeps) {
  async function erasedAmong(keys: readonly IdentityKey[]): Promise<readonly IdentityKey[]> {
    const known = await recording.marksOf(keys)
    return [...known].filter(([, mark]) => recordingOf(mark) === 'erased').map(([key]) => key)
  }

  return async function eraseRestored(): Promise<number> {
    let count = 0
    for await (const keys of eraser.identities()) {
      for (const key of await erasedAmong(keys)) {
        await eraseCustomer.erase(key, 'linked', 'person')
        count += 1
      }
    }
    return count
  }
}
