import type { CustomerView, InboxView } from '../../server/http/contract.ts'

/** The last views, to have something to show without network. Bound to one member; few, and no long histories. */
export interface Shelf {
  customer(externalUserId: string): CustomerView | null
  keepCustomer(view: CustomerView): void
  /** Nothing of this customer stays, their alerts in the kept inbox included. */
  dropCustomer(externalUserId: string): void
  inbox(): InboxView | null
  keepInbox(view: InboxView): void
  /** The member signed in now; another member's views are thrown away. */
  belongsTo(staffId: string): void
  /** Whether somebody was signed in here before. */
  known(): boolean
}

const mostCustomers = 20
const mostEntries = 40
const prefix = 'sidebar:view:'
const inboxKey = `${prefix}inbox`
const orderKey = 'sidebar:views'
const staffKey = 'sidebar:staff'

/** As long as an alert lives: what is older helps nobody, and is a customer's data on a phone. */
const keptMs = 72 * 3600_000

/**
 * Views kept on the device, for 72 hours by `now` (unix ms). Everything is optional: a full or forbidden storage costs
 * only the offline view.
 */
export function createShelf(storage: Storage, now: () => number): Shelf {
  const read = <T>(key: string) => JSON.parse(storage.getItem(key) ?? 'null') as T | null
  const write = (key: string, value: unknown) => storage.setItem(key, JSON.stringify(value))
  const order = () => read<string[]>(orderKey) ?? []

  /** A kept view while it is young enough; an old one is thrown away. */
  function fresh<View extends { now: number }>(key: string): View | null {
    const view = read<View>(key)
    if (view === null || now() - view.now <= keptMs) return view
    storage.removeItem(key)
    return null
  }

  function forget(): void {
    for (const id of order()) storage.removeItem(prefix + id)
    storage.removeItem(orderKey)
    storage.removeItem(inboxKey)
  }
  write(orderKey, order().filter((id) => fresh<CustomerView>(prefix + id) !== null))
  fresh<InboxView>(inboxKey)

  return {
    customer: (id) => fresh<CustomerView>(prefix + id),
    keepCustomer(view) {
      const id = view.customer.id
      const kept = [id, ...order().filter((one) => one !== id)]
      for (const old of kept.splice(mostCustomers)) storage.removeItem(prefix + old)
      write(orderKey, kept)
      write(prefix + id, { ...view, timeline: view.timeline.slice(0, mostEntries), older: null })
    },
    dropCustomer(id) {
      storage.removeItem(prefix + id)
      write(orderKey, order().filter((one) => one !== id))
      const inbox = read<InboxView>(inboxKey)
      if (inbox?.alerts.some(({ customer }) => customer.id === id)) {
        write(inboxKey, { ...inbox, alerts: inbox.alerts.filter(({ customer }) => customer.id !== id) })
      }
    },
    inbox: () => fresh<InboxView>(inboxKey),
    keepInbox: (view) => write(inboxKey, view),
    belongsTo(staffId) {
      if (storage.getItem(staffKey) !== staffId) forget()
      storage.setItem(staffKey, staffId)
    },
    known: () => storage.getItem(staffKey) !== null,
  }
}
