import type { Clock } from '../ports/clock.ts'
import type { Observations } from '../ports/contacts.ts'
import type { History } from '../ports/history.ts'

export interface NoteBeginningsDeps {
  observations: Observations
  history: Pick<History, 'countHandled'>
  /** Fingerprint of the rules in force. */
  rulesPrint: string
  clock: Clock
}

/**
 * At start: since when Tencent's answers are kept, and since when these rules are in force, so that a rebuild says from
 * which date it can tell (B5). `first`: nothing had been handled before.
 */
export function createNoteBeginnings({ observations, history, rulesPrint, clock }: NoteBeginningsDeps) {
  return async function noteBeginnings(): Promise<void> {
    const at = clock.now()
    let last: unknown
    let seen = 0
    for await (const { content } of observations.each('rules')) {
      last = content['print']
      seen += 1
    }
    const first = (await history.countHandled()) === 0
    await observations.record([
      { key: 'answers-kept', at, kind: 'answers-kept', content: { first } },
      ...(last === rulesPrint
        ? []
        : [
            {
              key: `rules:${seen}:${rulesPrint}`,
              at,
              kind: 'rules',
              content: { print: rulesPrint, first: first && seen === 0 },
            },
          ]),
    ])
  }
}
