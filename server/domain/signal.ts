import type { Signal } from './memory.ts'
import type { Rule } from './rule.ts'

/** A signal with its key: rule, subject and causing event, so that the same cause is the same signal. */
export function signalOf(rule: Rule, subject: string, fired: Pick<Signal, 'at' | 'causeKey' | 'eventKeys'>): Signal {
  return { key: `${rule.id}|${subject}|${fired.causeKey}`, rule: rule.id, subject, ...fired }
}
