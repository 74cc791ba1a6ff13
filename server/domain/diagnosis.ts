import type { FaultName } from './diagnosis-faults.ts'

/** wrong: something does not work, or will not. warning: it works, or has not been seen to work yet. */
export type Severity = 'wrong' | 'warning'

/** What an operator reads. */
export interface Words {
  zh: string
  en: string
}

/** One way in which a set-up can be wrong. Words may name `{about}`. */
export interface Fault {
  severity: Severity
  /** The step of the operator's guide that sets it right. */
  step: number
  what: Words
  fix: Words
}

/** A fault that was found. `about`: the variable, member, channel or figures in question; never a secret. */
export interface Finding {
  fault: FaultName
  about: string | null
  /** As serious as the fault usually is, unless what was seen says otherwise. */
  severity: Severity
}

/** What one examination ended in. `skipped`: something that it depends on is wrong, so that its answer would mislead. */
export type Outcome = 'good' | 'warning' | 'wrong' | 'skipped' | 'not-configured'

/** Everything that was found, most basic first, and what became of each examination. */
export interface Diagnosis {
  findings: readonly Finding[]
  outcomes: Readonly<Record<CheckName, Outcome>>
  /** Variables by which another host is asked in Tencent's place, `WECOM_API_BASE 127.0.0.1:4000`: what is found is found there. */
  standIns: readonly string[]
}

/** Each examination, most basic first, with what must be right before its answer means anything. */
const needs = {
  settings: [],
  'data-dir': ['settings'],
  store: ['data-dir'],
  tencent: ['settings'],
  clock: ['tencent'],
  'public-address': ['settings'],
  'public-url': ['public-address'],
  'wecom-app': ['tencent'],
  'wecom-range': ['wecom-app'],
  'wecom-domain': ['wecom-app', 'public-url'],
  'wecom-contacts': ['wecom-app', 'wecom-range'],
  staff: ['wecom-app', 'wecom-range'],
  account: ['tencent'],
  'account-users': ['account'],
  'open-platform': ['wecom-contacts', 'account-users'],
  'same-entity': ['store', 'open-platform', 'account-users'],
  'mini-program': ['tencent'],
  'mini-program-users': ['mini-program', 'store'],
  shop: ['tencent'],
  pay: ['clock'],
  'pay-binding': ['pay', 'account'],
  'verify-files': ['public-url'],
  'callback-urls': ['public-url'],
  callbacks: ['store', 'callback-urls'],
  forwards: ['settings'],
  worker: ['store', 'public-url'],
  inbox: ['worker'],
} as const satisfies Record<string, readonly string[]>

export type CheckName = keyof typeof needs

/** All examinations, in the order in which they are told. */
export const checkNames = Object.keys(needs) as readonly CheckName[]

/** What must be right before this examination is worth asking. */
export function needsOf(check: CheckName): readonly CheckName[] {
  return needs[check]
}

/** Whether an examination must be left out: what it needs is wrong, or was itself left out. */
export function isBlocked(check: CheckName, outcomes: ReadonlyMap<CheckName, Outcome>): boolean {
  return needsOf(check).some((need) => ['wrong', 'skipped'].includes(outcomes.get(need) ?? 'skipped'))
}

/** What these findings make of an examination. */
export function outcomeOf(findings: readonly Finding[]): Outcome {
  if (findings.some(({ severity }) => severity === 'wrong')) return 'wrong'
  return findings.length > 0 ? 'warning' : 'good'
}

/** 0: healthy. 1: something is wrong. 2: warnings only. */
export function exitCodeOf({ findings }: Pick<Diagnosis, 'findings'>): 0 | 1 | 2 {
  const outcome = outcomeOf(findings)
  if (outcome === 'good') return 0
  return outcome === 'wrong' ? 1 : 2
}
