import type { Alert, AlertState } from '../../server/domain/alert.ts'
import type { CustomerEvent } from '../../server/domain/event.ts'
import { identityKey, type ExternalUserId, type Identity } from '../../server/domain/ids.ts'
import type { Contact, Person } from '../../server/domain/person.ts'
import type { StoredSignal } from '../../server/ports/signals.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { TestBrand } from './open-brand.ts'

const states: Readonly<Record<AlertState, true>> = {
  queued: true,
  held: true,
  merged: true,
  sent: true,
  'sent-unconfirmed': true,
  refused: true,
  opened: true,
  acted: true,
  snoozed: true,
  'not-useful': true,
  retracted: true,
  superseded: true,
  expired: true,
}
const longAgo = new Date(0)
const farAhead = new Date('2100-01-01')

/** What the stores hold about one customer, by whatever identity they are known. */
export function lookAt({ server, tencent }: TestBrand, customer: CustomerActor) {
  const { account, miniProgram, shop } = tencent.brand
  const { people, timeline, signals, alerts, contacts } = server.stores
  const openid = (appId: string, openId: string) => ({ kind: 'openid', appId, openId }) as Identity
  const all: Identity[] = [
    { kind: 'external', externalUserId: customer.externalUserId as ExternalUserId },
    openid(account.appId, customer.openIds.account),
    openid(miniProgram.appId, customer.openIds.miniProgram),
    openid(shop.appId, customer.openIds.shop),
  ]
  const keys = all.map(identityKey)

  return {
    /** The persons these identities belong to: one when all are known to be the same human. */
    async persons(): Promise<readonly Person[]> {
      const found = await people.find(keys)
      return [...new Map([...found.values()].map((person) => [person.id, person])).values()]
    },
    timeline: (): Promise<readonly CustomerEvent[]> => timeline.between(keys, longAgo, farAhead),
    /** Keys of the signals that stand, in order. */
    async standing(): Promise<readonly string[]> {
      const found = await signals.between(keys, longAgo, farAhead)
      return found.filter((signal) => signal.standing).map(({ key }) => key).toSorted()
    },
    signals: (): Promise<readonly StoredSignal[]> => signals.between(keys, longAgo, farAhead),
    alerts: (): Promise<readonly Alert[]> =>
      alerts.about(customer.externalUserId as ExternalUserId, Object.keys(states) as AlertState[], 500),
    contact: (): Promise<Contact | null> => contacts.get(customer.externalUserId as ExternalUserId),
  }
}
