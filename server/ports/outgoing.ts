import type { ExternalUserId } from '../domain/ids.ts'
import type { OutgoingEvent, OutgoingWebhook } from '../domain/outgoing.ts'

/** Another system of the brand that wants to hear. */
export interface OutgoingTarget {
  name: string
  events: readonly OutgoingEvent[]
}

/** News that waits to be sent, and the log of what became of it: 90 days. */
export interface WebhookQueue {
  /** Stores those that are new. */
  put(list: readonly OutgoingWebhook[]): Promise<void>
  /** Waiting for this receiver and due, earliest first. */
  due(target: string, now: Date, limit: number): Promise<readonly OutgoingWebhook[]>
  /** Notes one try and what follows from it. */
  note(id: string, tried: OutgoingWebhook['tries'][number], next: { state: OutgoingWebhook['state']; nextTryAt: Date }): Promise<void>
  /** Newest first. */
  list(state: OutgoingWebhook['state'], limit: number): Promise<readonly OutgoingWebhook[]>
  /** Erases everything about these customers. */
  drop(ids: readonly ExternalUserId[]): Promise<void>
}

/** Sends signed webhooks. Never throws for what a receiver does. */
export interface WebhookSender {
  /** One try. `status` null: there was no answer, `problem` says why in words safe to keep. */
  send(target: string, webhook: { id: string; json: string; at: Date }): Promise<{ status: number | null; problem: string | null }>
}
