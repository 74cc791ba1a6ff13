import { openStates } from '../domain/alert.ts'
import type { ExternalUserId, IdentityKey } from '../domain/ids.ts'
import { ended, recordingOf, silenced, type Fingerprint } from '../domain/recording.ts'
import { reminderRule } from '../domain/reminder-alert.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { Live } from '../ports/live.ts'
import type { Log } from '../ports/log.ts'
import type { Memories } from '../ports/memory.ts'
import type { Alerts } from '../ports/outbox.ts'
import type { WebhookQueue } from '../ports/outgoing.ts'
import type { ErasureSubject, Marks } from '../ports/privacy.ts'
import type { FindSubject } from './find-subject.ts'
import type { RetractAlerts } from './retract-alerts.ts'

export interface PauseCustomerDeps {
  marks: Marks
  findSubject: FindSubject
  takeFingerprint: (key: IdentityKey) => Fingerprint
  alerts: Alerts
  contacts: Pick<Contacts, 'many'>
  memories: Memories
  webhookQueue: WebhookQueue
  retractAlerts: RetractAlerts
  live: Live
  newId: () => string
  log: Log
}

export type PauseCustomer = ReturnType<typeof createPauseCustomer>

const mostAlerts = 500

/** A customer's own wish that nothing be noted of them any more, and its end (C4). */
export function createPauseCustomer(deps: PauseCustomerDeps) {
  const { marks, findSubject, takeFingerprint, alerts, contacts, memories, webhookQueue, retractAlerts, live, log } = deps

  /** A member's own reminder is her promise to the customer and no track of them: it stays. */
  async function retract(ids: readonly ExternalUserId[]): Promise<void> {
    for (const id of ids) {
      const open = await alerts.about(id, openStates, mostAlerts)
      await retractAlerts(open.filter(({ rule }) => rule !== reminderRule), 'paused')
    }
  }

  /** Whoever looks at the customer now is told to look again, alerts or none. */
  async function tellPages({ externalUserIds }: ErasureSubject): Promise<void> {
    const found = await contacts.many(externalUserIds)
    const pages = [...found].flatMap(([subject, { follows }]) => follows.map(({ staffId }) => ({ staffId, subject })))
    await live.publish(pages.map((page) => ({ ...page, kind: 'customer' as const })))
  }

  async function takeBack({ externalUserIds }: ErasureSubject): Promise<void> {
    await webhookQueue.drop(externalUserIds)
    await retract(externalUserIds)
  }

  return {
    /**
     * From `at` on nothing of this human is stored, under whichever identity they come; what waits to be told is taken
     * back, but for members' own reminders. What was noted before stays until they have it erased. `by`: who asked, `customer` or `operator`.
     */
    async pause(key: IdentityKey, at: Date, by: string): Promise<void> {
      const subject = await findSubject(key, 'person')
      const group = deps.newId()
      const silence = { why: 'paused', from: at, to: null, asked: at } as const
      // Before as well: a crash in between leaves them not paused, to be asked again, rather than paused and still told of.
      await takeBack(subject)
      await marks.change(subject.keys.map(takeFingerprint), (mark, print) => silenced(mark, print, group, silence))
      await memories.drop(subject.personIds)
      await takeBack(subject)
      await tellPages(subject)
      log.info({ by }, 'recording paused')
    },

    /** What happens after `at` is noted again; what happened in between never is. Who was erased stays erased. */
    async resume(key: IdentityKey, at: Date, by: string): Promise<void> {
      const own = takeFingerprint(key)
      const mark = (await marks.find([own])).get(own)
      if (!mark || recordingOf(mark) !== 'paused') return
      const group = await marks.ofGroup(mark.group)
      await marks.change([own, ...group.map(({ print }) => print)], (known) => known && ended(known, 'paused', at))
      await tellPages(await findSubject(key, 'person'))
      log.info({ by }, 'recording resumed')
    },
  }
}
