import type { FeedbackAction } from '../domain/alert.ts'
import type { Fact, StaffFact } from '../domain/event.ts'
import type { Log } from '../ports/log.ts'
import type { Messages } from '../ports/outbox.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import type { GiveFeedback } from './give-feedback.ts'
import type { LearnNames } from './learn-names.ts'
import type { RefreshDirectory } from './refresh-directory.ts'

export interface TakeStaffFactsDeps {
  messages: Messages
  giveFeedback: GiveFeedback
  learnNames: Pick<LearnNames, 'again'>
  refreshDirectory: RefreshDirectory
  staffDirectory: Pick<StaffDirectory, 'leave'>
  /** Customers of a userid that is no more belong to others, or to the same member under a new one. */
  onMemberLeft: () => void
  log: Log
}

export type TakeStaffFacts = ReturnType<typeof createTakeStaffFacts>

const buttons: Readonly<Record<string, FeedbackAction>> = {
  following: 'following',
  later: 'later',
  'not-useful': 'not-useful',
}

/** Taps on our cards, and what the company tells about itself (A2, E3). */
export function createTakeStaffFacts(deps: TakeStaffFactsDeps) {
  const { messages, giveFeedback, learnNames, refreshDirectory, staffDirectory, onMemberLeft, log } = deps

  /** A tap applies to all alerts of its message, and only by the member whose phone it rang. */
  async function takeTap(tap: Extract<StaffFact, { kind: 'tapped-card' }>): Promise<void> {
    const message = await messages.get(tap.taskId)
    const action = buttons[tap.button]
    if (!message || !action || message.staffId !== tap.staffId) {
      log.warn({ known: message !== null, button: tap.button.slice(0, 32) }, 'tap on a card that is not ours')
      return
    }
    if (tap.responseCode) await messages.save(message.id, { responseCode: { code: tap.responseCode, at: tap.at } })
    const refused = await giveFeedback.onMessage(message, action)
    if (refused > 0) log.warn({ refused }, 'tap about a customer who is not hers any more')
  }

  async function takeChange({ kind, staffId, at }: StaffFact): Promise<void> {
    if (kind === 'member-changed') {
      await learnNames.again(staffId)
      await refreshDirectory.ofMember(staffId)
    }
    if (kind === 'member-left') {
      await staffDirectory.leave(staffId, at)
      await refreshDirectory.memberLeft(staffId)
      onMemberLeft()
    }
  }

  return async function takeStaffFacts(facts: readonly Fact[]): Promise<void> {
    const company = facts.flatMap((one) => (one.about === 'company' ? [one.fact] : []))
    for (const one of facts) {
      if (one.about !== 'staff') continue
      if (one.fact.kind === 'tapped-card') await takeTap(one.fact)
      else await takeChange(one.fact)
    }
    if (company.some(({ kind }) => kind === 'tags-changed')) await refreshDirectory.ofTags()
    for (const { kind, detail } of company) {
      if (kind === 'app-health') log.warn({ event: detail }, 'WeCom warns about the health of the app')
    }
  }
}
