import { withDeadline } from './deadline.ts'
import { toStoreError } from './store-errors.ts'

/** Far above what any method takes: the driver may wait for ever on a socket that closed while it wrote (reopen.ts). */
const longestMs = 15_000

type Asynchronous<Store> = { [Name in keyof Store]: (...input: never[]) => Promise<unknown> }

/** The same store, whose methods reject with StoreUnavailable instead of the driver's own words for it, or of nothing. */
export function guarded<Store extends Asynchronous<Store>>(store: Store): Store {
  const entries = Object.entries<(...input: never[]) => Promise<unknown>>(store)
  return Object.fromEntries(entries.map(([name, method]) => [name, guardedMethod(method)])) as Store
}

function guardedMethod<Input extends never[]>(method: (...input: Input) => Promise<unknown>) {
  return async (...input: Input): Promise<unknown> => {
    try {
      return await withDeadline(method(...input), longestMs)
    } catch (error) {
      throw toStoreError(error)
    }
  }
}
