import { expect, test } from 'vitest'
import type { CustomerView, InboxView } from '../../server/http/contract.ts'
import { createShelf } from '../../sidebar/src/shelf.ts'

const hour = 3600_000
const meis = () => 'mark-of-mei'
const lins = { now: 0, customer: { id: 'lin' }, timeline: [] } as unknown as CustomerView

/** A browser's storage, kept in memory. */
function memoryStorage(): Storage {
  const kept = new Map<string, string>()
  return {
    get length() {
      return kept.size
    },
    clear: () => kept.clear(),
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  }
}

test('F7: what a device keeps to show without network is gone after 72 hours, opened or not', () => {
  const storage = memoryStorage()
  const clock = { at: 0 }
  const shelf = createShelf(storage, () => clock.at, meis)
  shelf.belongsTo('mei', meis())
  shelf.keepCustomer({ now: 0, customer: { id: 'lin' }, timeline: [] } as unknown as CustomerView)
  shelf.keepCustomer({ now: 2 * hour, customer: { id: 'zhou' }, timeline: [] } as unknown as CustomerView)
  shelf.keepInbox({ now: 0, alerts: [] } as unknown as InboxView)
  clock.at = 72 * hour
  expect(shelf.customer('lin')).not.toBeNull()
  expect(shelf.inbox()).not.toBeNull()
  clock.at += 1
  expect(shelf.customer('lin')).toBeNull()
  expect(shelf.inbox()).toBeNull()
  expect(shelf.customer('zhou')).not.toBeNull()
  clock.at = 80 * hour
  const reopened = createShelf(storage, () => clock.at, meis)
  expect([...Array(storage.length).keys()].map((index) => storage.getItem(storage.key(index) ?? ''))).not.toContainEqual(expect.stringContaining('zhou"'))
  expect(reopened.known()).toBe(true)
})

test('C4 F7: a customer who is dropped leaves nothing on the device, not even in the kept inbox', () => {
  const storage = memoryStorage()
  const shelf = createShelf(storage, () => 0, meis)
  shelf.belongsTo('mei', meis())
  shelf.keepCustomer({ now: 0, customer: { id: 'wm-lin' }, timeline: [] } as unknown as CustomerView)
  const alertOf = (id: string) => ({ key: id, customer: { id, name: id } })
  shelf.keepInbox({ now: 0, alerts: [alertOf('wm-lin'), alertOf('wm-zhou')] } as unknown as InboxView)
  shelf.dropCustomer('wm-lin')
  const kept = [...Array(storage.length).keys()].map((index) => storage.getItem(storage.key(index) ?? '')).join('')
  expect(kept).not.toContain('wm-lin')
  expect(shelf.inbox()?.alerts.map(({ key }) => key)).toEqual(['wm-zhou'])
})

test('F7: nothing is shown unless the mark says that the member whose views these are is signed in', () => {
  const storage = memoryStorage()
  const browser: { mark: string | null } = { mark: 'mark-of-mei' }
  const opened = () => createShelf(storage, () => 0, () => browser.mark)
  const shelf = opened()
  shelf.keepCustomer(lins)
  expect(shelf.customer('lin')).toBeNull()
  shelf.belongsTo('mei', 'mark-of-mei')
  expect(shelf.customer('lin')).not.toBeNull()

  browser.mark = null
  expect(opened().customer('lin')).toBeNull()
  browser.mark = 'mark-of-wei'
  expect(opened().customer('lin')).toBeNull()
  browser.mark = 'mark-of-mei'
  expect(opened().customer('lin')).not.toBeNull()
  opened().lock()
  expect(opened().customer('lin')).toBeNull()
  opened().belongsTo('mei', 'mark-of-mei')
  expect(opened().customer('lin')).not.toBeNull()
})

test('F7: what another member is shown before it is known who it is never mixes with hers', () => {
  const storage = memoryStorage()
  const browser = { mark: 'mark-of-mei' }
  const opened = () => createShelf(storage, () => 0, () => browser.mark)
  opened().belongsTo('mei', 'mark-of-mei')
  opened().keepCustomer({ ...lins, customer: { id: 'zhou' } } as unknown as CustomerView)
  browser.mark = 'mark-of-wei'
  const weis = opened()
  weis.keepCustomer(lins)
  browser.mark = 'mark-of-mei'
  expect(opened().customer('lin')).toBeNull()
  browser.mark = 'mark-of-wei'
  weis.belongsTo('wei', 'mark-of-wei')
  expect(weis.customer('lin')).not.toBeNull()
  expect(weis.customer('zhou')).toBeNull()
})
