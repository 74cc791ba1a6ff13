import { toStoreError } from './store-errors.ts'

type Asynchronous<Store> = { [Name in keyof Store]: (...input: never[]) => Promise<unknown> }

/** The same store, whose methods reject with StoreUnavailable instead of the driver's own words for it. */
export function guarded<Store extends Asynchronous<Store>>(store: Store): Store {
  const entries = Object.entries<(...input: never[]) => Promise<unknown>>(store)
  return Object.fromEntries(entries.map(([name, method]) => [name, guardedMethod(method)])) as Store
}

function guardedMethod<Input extends never[]>(method: (...input: Input) => Promise<unknown>) {
  return async (...input: Input): Promise<unknown> => {
    try {
      return await method(...input)
    } catch (error) {
      throw toStoreError(error)
    }
  }
}
