import { vi } from 'vitest'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import type { TestBrand } from './open-brand.ts'

/** A port's method at which the process dies: before it did its work, or after. */
export interface Stage {
  port: 'timeline' | 'people' | 'alerts' | 'signals' | 'memories' | 'briefings' | 'contacts' | 'lookups' | 'inbox' | 'live'
  method: string
  when: 'before' | 'after'
}

/**
 * The next call of that method is the last thing that happens: the work stops there as if the process had died.
 * Returns whether the stage was reached.
 */
export function diesAt({ server }: TestBrand, { port, method, when }: Stage): { reached(): boolean } {
  const store = server.stores[port] as unknown as Record<string, (...input: unknown[]) => Promise<unknown>>
  const real = store[method]
  if (!real) throw new Error(`${port} has no ${method}`)
  const spy = vi.spyOn(store, method).mockImplementationOnce(async (...input) => {
    if (when === 'after') await real(...input)
    throw new StoreUnavailable()
  })
  return { reached: () => spy.mock.calls.length > 0 }
}
