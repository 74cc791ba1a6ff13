import type { Fault, Severity } from './diagnosis.ts'

/** One line of the list of faults: `step` of the operator's guide, then what and fix, Chinese first. */
export function fault(severity: Severity, step: number, zh: string, en: string, fixZh: string, fixEn: string): Fault {
  return { severity, step, what: { zh, en }, fix: { zh: fixZh, en: fixEn } }
}
