import type { IdentityKey } from '../domain/ids.ts'
import type { Fingerprint } from '../domain/recording.ts'
import type { Clock } from '../ports/clock.ts'
import type { Erasure, ErasureReason, Erasures, ErasureScope } from '../ports/privacy.ts'

export interface EraseCustomerDeps {
  erasures: Erasures
  takeFingerprint: (key: IdentityKey) => Fingerprint
  /** Lets the worker begin at once. */
  wake: () => void
  newId: () => string
  clock: Clock
}

export type EraseCustomer = ReturnType<typeof createEraseCustomer>

/** Asking for an erasure: a stored job, which the working process carries out (run-erasures.ts, C4). */
export function createEraseCustomer({ erasures, takeFingerprint, wake, newId, clock }: EraseCustomerDeps) {
  async function add(key: IdentityKey, how: Pick<Erasure, 'id' | 'reason' | 'scope' | 'by' | 'dueAt'>): Promise<void> {
    await erasures.add({
      ...how,
      key,
      print: takeFingerprint(key),
      state: 'scheduled',
      requestedAt: clock.now(),
      endedAt: null,
      subject: null,
      steps: [],
      place: null,
      erased: {},
    })
    wake()
  }

  return {
    /**
     * Everything noted of this human (`person`), or of this identity alone with what was derived from it, goes at once;
     * stored when the promise resolves. Returns the id of the request.
     */
    async erase(key: IdentityKey, reason: ErasureReason, scope: ErasureScope, by = 'system'): Promise<string> {
      const id = newId()
      await add(key, { id, reason, scope, by, dueAt: clock.now() })
      return id
    },

    /** The same at a later time; the same `id` twice is one. */
    later: (key: IdentityKey, how: Pick<Erasure, 'id' | 'reason' | 'scope' | 'dueAt'>): Promise<void> =>
      add(key, { ...how, by: 'system' }),

    /** What was asked for about this identity, newest first. */
    requestsOf: (key: IdentityKey): Promise<readonly Erasure[]> => erasures.of(takeFingerprint(key)),
  }
}
