import type { Clock } from '../ports/clock.ts'
import type { Observations } from '../ports/contacts.ts'
import type { Delivery } from '../ports/inbox.ts'

export interface RecordedAnswersDeps {
  observations: Observations
  clock: Clock
}

/**
 * Tencent's answer to one question that one delivery raised; null: none was to be had. `question` names it within the
 * delivery: `order:3700…`.
 */
export type AnswerTo = <Answer>(
  delivery: Pick<Delivery, 'channel' | 'account' | 'key'>,
  question: string,
  ask: () => Promise<Answer | null>,
) => Promise<Answer | null>

const kind = 'answer'

/**
 * Asks once a delivery and keeps the answer, dated, before anything is made of it: handled again, after a crash or in a
 * rebuild, the same bytes make the same events (B1, B5). What was not told stays to be asked.
 */
export function createRecordedAnswers({ observations, clock }: RecordedAnswersDeps): AnswerTo {
  const known = createKnownAnswers(observations)
  return async (delivery, question, ask) => {
    const kept = await known(delivery, question, ask)
    if (kept !== null) return kept
    const answer = await ask()
    if (answer !== null) {
      await observations.record([{ key: keyOf(delivery, question), at: clock.now(), kind, content: { answer } }])
    }
    return answer
  }
}

/** The answers of back then only; nobody is asked. */
export function createKnownAnswers(observations: Pick<Observations, 'byKeys'>): AnswerTo {
  return async <Answer>(delivery: Parameters<AnswerTo>[0], question: string): Promise<Answer | null> => {
    const key = keyOf(delivery, question)
    const kept = (await observations.byKeys([key])).get(key)
    return kept ? (kept.content['answer'] as Answer) : null
  }
}

function keyOf({ channel, account, key }: Parameters<AnswerTo>[0], question: string): string {
  return `answer:${channel}:${account}:${key}:${question}`
}
