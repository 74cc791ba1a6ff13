import type { CustomerView, InboxView } from '../../server/http/contract.ts'

/**
 * The last views, to have something to show before the server has answered, or without network. Bound to one member, and
 * shown only while the browser's readable mark says that this very member is signed in; few, and no long histories.
 */
export interface Shelf {
  customer(externalUserId: string): CustomerView | null
  keepCustomer(view: CustomerView): void
  /** Nothing of this customer stays, their alerts in the kept inbox included. */
  dropCustomer(externalUserId: string): void
  inbox(): InboxView | null
  keepInbox(view: InboxView): void
  /** The member signed in now, and the mark of their sign-ins; another member's views are thrown away. */
  belongsTo(staffId: string, mark: string | null): void
  /** The server says that nobody is signed in, whatever the browser's mark says: nothing is shown until somebody is. */
  lock(): void
  /** Whether somebody was signed in here before. */
  known(): boolean
}

const mostCustomers = 20
const mostEntries = 40
const prefix = 'sidebar:view:'
const inboxKey = `${prefix}inbox`
const orderKey = 'sidebar:views'
const staffKey = 'sidebar:staff'
const markKey = 'sidebar:mark'

/** As long as an alert lives: what is older helps nobody, and is a customer's data on a phone. */
const keptMs = 72 * 3600_000

/**
 * Views kept on the device, for 72 hours by `now` (unix ms). `mark` is that of whoever is signed in now; null: nobody.
 * Everything is optional: a full or forbidden storage costs only what is shown early or without network.
 */
export function createShelf(storage: Storage, now: () => number, mark: () => string | null): Shelf {
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

  const isTheirs = () => mark() !== null && storage.getItem(markKey) === mark()
  /** What came before it was known whose it is. */
  const waiting = new Map<string, () => void>()
  function keep(key: string, act: () => void): void {
    if (isTheirs()) act()
    else waiting.set(key, act)
  }

  function forget(): void {
    for (const id of order()) storage.removeItem(prefix + id)
    storage.removeItem(orderKey)
    storage.removeItem(inboxKey)
  }
  function putCustomer(view: CustomerView): void {
    const id = view.customer.id
    const kept = [id, ...order().filter((one) => one !== id)]
    for (const old of kept.splice(mostCustomers)) storage.removeItem(prefix + old)
    write(orderKey, kept)
    write(prefix + id, { ...view, timeline: view.timeline.slice(0, mostEntries), older: null })
  }
  write(orderKey, order().filter((id) => fresh<CustomerView>(prefix + id) !== null))
  fresh<InboxView>(inboxKey)

  return {
    customer: (id) => (isTheirs() ? fresh<CustomerView>(prefix + id) : null),
    keepCustomer: (view) => keep(prefix + view.customer.id, () => putCustomer(view)),
    dropCustomer(id) {
      waiting.delete(prefix + id)
      waiting.delete(inboxKey)
      storage.removeItem(prefix + id)
      write(orderKey, order().filter((one) => one !== id))
      const inbox = read<InboxView>(inboxKey)
      if (inbox?.alerts.some(({ customer }) => customer.id === id)) {
        write(inboxKey, { ...inbox, alerts: inbox.alerts.filter(({ customer }) => customer.id !== id) })
      }
    },
    inbox: () => (isTheirs() ? fresh<InboxView>(inboxKey) : null),
    keepInbox: (view) => keep(inboxKey, () => write(inboxKey, view)),
    belongsTo(staffId, theirs) {
      if (storage.getItem(staffKey) !== staffId) forget()
      storage.setItem(staffKey, staffId)
      if (theirs === null) storage.removeItem(markKey)
      else storage.setItem(markKey, theirs)
      for (const act of waiting.values()) act()
      waiting.clear()
    },
    lock: () => storage.removeItem(markKey),
    known: () => storage.getItem(staffKey) !== null,
  }
}
