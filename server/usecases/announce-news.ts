import type { CustomerEvent } from '../domain/event.ts'
import { identityKey, type ExternalUserId, type IdentityKey } from '../domain/ids.ts'
import { alertNews, purchaseKey, purchaseNews, type OutgoingEvent, type OutgoingWebhook } from '../domain/outgoing.ts'
import type { Person } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { Alerts } from '../ports/outbox.ts'
import type { OutgoingTarget, WebhookQueue } from '../ports/outgoing.ts'
import { externalOf } from './link-identities.ts'

export interface AnnounceNewsDeps {
  webhookQueue: WebhookQueue
  targets: readonly OutgoingTarget[]
  clock: Clock
  /** A short text that follows from the given one and tells nothing of it. */
  fingerprint: (text: string) => string
}

export type AnnounceNews = ReturnType<typeof createAnnounceNews>

interface News {
  event: OutgoingEvent
  key: string
  externalUserId: ExternalUserId
  told: object
}

/** News for other systems of the brand (H8): put into the queue under an id that follows from the news and the receiver. */
export function createAnnounceNews({ webhookQueue, targets, clock, fingerprint }: AnnounceNewsDeps) {
  async function announce(news: readonly News[]): Promise<void> {
    const now = clock.now()
    const webhooks = targets.flatMap(({ name, events }) => news.filter(({ event }) => events.includes(event)).map((one) => webhookOf(one, name, now)))
    if (webhooks.length > 0) await webhookQueue.put(webhooks)
  }

  function webhookOf({ event, key, externalUserId, told }: News, target: string, now: Date): OutgoingWebhook {
    const id = `${event}_${fingerprint(`${target}\n${event}\n${key}`)}`
    return { id, target, event, externalUserId, json: JSON.stringify(told), createdAt: now, nextTryAt: now, state: 'waiting', tries: [] }
  }

  return {
    /** The same alerts, whose news is queued before they are stored: a crash in between tells it again under the same id. */
    tellingAlerts(alerts: Alerts): Alerts {
      return {
        ...alerts,
        async put(list) {
          await announce(list.map((alert) => ({ event: 'alert', key: alert.key, externalUserId: alert.externalUserId, told: alertNews(alert) })))
          return alerts.put(list)
        },
      }
    },

    /** What customers of ours bought, wherever they paid. */
    async purchases(events: readonly CustomerEvent[], persons: ReadonlyMap<IdentityKey, Person>): Promise<void> {
      await announce(events.flatMap((event) => purchaseOf(event, persons)))
    },
  }
}

function purchaseOf(event: CustomerEvent, persons: ReadonlyMap<IdentityKey, Person>): News[] {
  const key = purchaseKey(event)
  const person = key === null ? undefined : persons.get(identityKey(event.who))
  const externalUserId = person ? (externalOf(person) as ExternalUserId | null) : null
  const told = externalUserId ? purchaseNews(event, externalUserId) : null
  return key !== null && externalUserId && told ? [{ event: 'purchase', key, externalUserId, told }] : []
}
