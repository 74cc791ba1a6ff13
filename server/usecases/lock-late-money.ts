import { paymentKinds } from '../domain/alert-life.ts'
import type { CustomerEvent } from '../domain/event.ts'
import { recordingOf, type Mark } from '../domain/recording.ts'
import type { Clock } from '../ports/clock.ts'
import type { Locked } from '../ports/privacy.ts'

export interface LockLateMoneyDeps {
  locked: Pick<Locked, 'put'>
  clock: Clock
}

export type LockLateMoney = ReturnType<typeof createLockLateMoney>

const moneyKinds: readonly CustomerEvent['kind'][] = [...paymentKinds, 'returned-in-store']

/**
 * Money that comes in from somebody who was erased, by a link that was still open or an order placed before: law obliges to
 * keep it, so it is locked away like what was there before (C4), under the keyed hash alone. A refund finds it there.
 */
export function createLockLateMoney({ locked, clock }: LockLateMoneyDeps) {
  return async function lockLateMoney({ key, who: _who, ...content }: CustomerEvent, mark: Mark | undefined): Promise<void> {
    if (!mark || recordingOf(mark) !== 'erased' || !moneyKinds.includes(content.kind)) return
    await locked.put([{ id: key, print: mark.print, kind: 'event', lockedAt: clock.now(), content }])
  }
}
