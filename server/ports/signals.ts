import type { IdentityKey } from '../domain/ids.ts'
import type { Signal } from '../domain/memory.ts'

/** A signal with what became of it. */
export interface StoredSignal extends Signal {
  /** Identity of the causing event: signals are found by identity, never by person. */
  identity: IdentityKey
  standing: boolean
  /** Why it did or did not become an alert, shown to the operator. */
  because: string
}

/** Rules whose condition became true, kept whether or not anybody was told. */
export interface Signals {
  /** Same key: replaced. */
  put(list: readonly StoredSignal[]): Promise<void>
  between(identities: readonly IdentityKey[], from: Date, to: Date): Promise<readonly StoredSignal[]>
  /** Standing signals of everybody, oldest first, for replay; streamed. */
  standing(): AsyncIterable<StoredSignal>
}
