import type { Alert } from './alert.ts'
import type { Signal } from './memory.ts'
import type { Rule } from './rule.ts'

/** A signal with its key: rule, subject and causing event, so that the same cause is the same signal. */
export function signalOf(rule: Rule, subject: string, fired: Pick<Signal, 'at' | 'causeKey' | 'eventKeys'>): Signal {
  const { at, causeKey, eventKeys } = fired
  return { key: `${rule.id}|${subject}|${causeKey}`, rule: rule.id, subject, at, causeKey, eventKeys }
}

/** The key of the event that caused a signal, or the alert made of it. */
export function causeKeyOf({ key, rule, subject }: Pick<Alert, 'key' | 'rule' | 'subject'>): string {
  return key.slice(`${rule}|${subject}|`.length)
}
