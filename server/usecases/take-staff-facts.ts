import type { FeedbackAction } from '../domain/alert.ts'
import type { Fact, StaffFact } from '../domain/event.ts'
import type { Log } from '../ports/log.ts'
import type { Messages } from '../ports/outbox.ts'
import type { GiveFeedback } from './give-feedback.ts'
import type { LearnNames } from './learn-names.ts'

export interface TakeStaffFactsDeps {
  messages: Messages
  giveFeedback: GiveFeedback
  learnNames: Pick<LearnNames, 'again'>
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
  const { messages, giveFeedback, learnNames, onMemberLeft, log } = deps

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

  return async function takeStaffFacts(facts: readonly Fact[]): Promise<void> {
    for (const fact of facts) {
      if (fact.about === 'staff' && fact.fact.kind === 'tapped-card') await takeTap(fact.fact)
      if (fact.about === 'staff' && fact.fact.kind === 'member-changed') await learnNames.again(fact.fact.staffId)
      if (fact.about === 'staff' && fact.fact.kind === 'member-left') onMemberLeft()
      if (fact.about === 'company' && fact.fact.kind === 'app-health') {
        log.warn({ event: fact.fact.detail }, 'WeCom warns about the health of the app')
      }
    }
  }
}
