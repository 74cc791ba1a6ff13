import { moneyKinds } from '../domain/alert-life.ts'
import type { CustomerEvent } from '../domain/event.ts'
import { identityKey, type IdentityKey } from '../domain/ids.ts'
import { erasureUnderWay, isErasedAt, type Fingerprint, type Mark } from '../domain/recording.ts'
import type { Clock } from '../ports/clock.ts'
import type { Locked, LockedRecord } from '../ports/privacy.ts'
import type { CompleteOrders } from './complete-orders.ts'
import type { Deferred, Reading } from './deferral.ts'

export interface LockLateMoneyDeps {
  locked: Pick<Locked, 'put'>
  completeOrders: CompleteOrders
  clock: Clock
}

export type LockLateMoney = ReturnType<typeof createLockLateMoney>

const isMoney: ReadonlySet<CustomerEvent['kind']> = new Set<CustomerEvent['kind']>(moneyKinds)

/**
 * Money that comes in from somebody who was erased, by a link that was still open or an order placed before, or goes back
 * to them: law obliges to keep it, so it is locked away like what was there before (C4), under the keyed hash alone. What
 * a shop order was about is read from the shop first; a silent shop defers that delivery. Safe to run again.
 */
export function createLockLateMoney({ locked, completeOrders, clock }: LockLateMoneyDeps) {
  return async function lockLateMoney(readings: readonly Reading[], known: ReadonlyMap<IdentityKey, Mark>, deferred: Deferred): Promise<void> {
    const late = readings.flatMap((reading) => {
      const facts = reading.facts.filter((fact) => fact.about === 'customer' && printOf(fact.event, known) !== null)
      return facts.length > 0 && deferred.get(reading.delivery.id) !== erasureUnderWay ? [{ ...reading, facts }] : []
    })
    if (late.length === 0) return
    const bought = await completeOrders(late.map(ofKind((kind) => kind === 'order-paid')), deferred)
    const others = late.map(ofKind((kind) => kind !== 'order-paid'))
    const told = [...bought, ...others].filter(({ delivery }) => !deferred.has(delivery.id))
    await locked.put(told.flatMap(({ facts }) => facts.flatMap((fact) => (fact.about === 'customer' ? recordsOf(fact.event, known) : []))))
  }

  function recordsOf(event: CustomerEvent, known: ReadonlyMap<IdentityKey, Mark>): LockedRecord[] {
    const print = printOf(event, known)
    const { key, who: _who, ...content } = event
    return print === null ? [] : [{ id: key, print, kind: 'event', lockedAt: clock.now(), content }]
  }
}

/** What an order cost says nothing of what was given back of it. */
function ofKind(isWanted: (kind: CustomerEvent['kind']) => boolean) {
  return (reading: Reading): Reading => ({ ...reading, facts: reading.facts.filter((fact) => fact.about === 'customer' && isWanted(fact.event.kind)) })
}

/** Whose money it is, if the erased person's; null: it is none, or of no such time. */
function printOf({ kind, who, at }: CustomerEvent, known: ReadonlyMap<IdentityKey, Mark>): Fingerprint | null {
  const mark = isMoney.has(kind) ? known.get(identityKey(who)) : undefined
  return mark && isErasedAt(mark, at) ? mark.print : null
}
