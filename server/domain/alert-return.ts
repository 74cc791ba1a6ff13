import type { Alert, AlertState } from './alert.ts'
import { expiryMs, isPaidBy } from './alert-life.ts'
import type { CustomerEvent } from './event.ts'
import { identityKey, type IdentityKey } from './ids.ts'

/** What a person's alerts are weighed against once the person's identities have changed. */
export interface Belongings {
  identities: ReadonlySet<IdentityKey>
  /** The events that the alerts name, by key; one that is no longer stored is missing. */
  events: ReadonlyMap<string, CustomerEvent>
  /** What the person's own identities have paid. */
  payments: readonly CustomerEvent[]
}

/**
 * Whether somebody else did what the alert tells. Where the customer did the last of it, the rules decide whether it
 * still holds.
 */
export function tellsOfSomebodyElse(alert: Pick<Alert, 'key' | 'eventKeys'>, { identities, events }: Belongings): boolean {
  const named = alert.eventKeys.flatMap((key) => events.get(key) ?? [])
  const isOwn = (event: CustomerEvent) => identities.has(identityKey(event.who))
  return named.some((event) => !isOwn(event)) && !named.some((event) => isOwn(event) && alert.key.endsWith(`|${event.key}`))
}

/**
 * The state to which a closed alert returns, since what closed it has turned out otherwise: the events are the
 * customer's after all, or somebody else paid. null: it stays closed.
 */
export function stateToReturnTo(alert: Alert, belongings: Belongings, now: Date): AlertState | null {
  const [closed, before] = [alert.history.at(-1), alert.history.at(-2)]
  if (!closed || !before || now.getTime() - alert.raisedAt.getTime() > expiryMs) return null
  const isTheirs = closed.reason === 'somebody-else' && !tellsOfSomebodyElse(alert, belongings)
  const isUnpaid = closed.reason === 'paid' && !belongings.payments.some((event) => isPaidBy(alert, event))
  if (!isTheirs && !isUnpaid) return null
  // A message that was to carry it has gone out without it meanwhile, or not at all.
  return before.state === 'merged' ? 'queued' : before.state
}
