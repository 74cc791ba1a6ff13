import type { StaffId } from '../domain/ids.ts'

/** One thing an open page should hear at once. */
export interface LiveEvent {
  id: string
  staffId: StaffId
  kind: 'alert' | 'alert-changed' | 'customer'
  /** Alert key or external_userid. */
  subject: string
  storedAt: Date
}

/** Live updates across processes: a small collection polled by an index, not change streams. */
export interface Live {
  publish(events: readonly { staffId: StaffId; kind: LiveEvent['kind']; subject: string }[]): Promise<void>
  /** Calls back for each new event of any member, whichever process published it; each id once. */
  subscribe(onEvent: (event: LiveEvent) => void): { close(): void }
}
