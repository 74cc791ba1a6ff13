import { faultOfPay, faultOfWeChat, faultOfWeCom, type WeChatApp } from '../domain/diagnosis-causes.ts'
import { found } from '../domain/diagnosis-faults.ts'
import { checkNames, isBlocked, needsOf, outcomeOf, type CheckName, type Diagnosis, type Finding, type Outcome } from '../domain/diagnosis.ts'
import { PayRefused, StoreUnavailable, TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import type { Log } from '../ports/log.ts'

/** Looks at one thing; what it finds wrong. May reject with our errors, which are findings too. */
export type Examiner = () => Promise<readonly Finding[]>

export interface DiagnoseDeps {
  /** An examination without one is of something that the brand has not configured. */
  examiners: Readonly<Partial<Record<CheckName, Examiner>>>
  /** As `Diagnosis` tells them. */
  standIns?: readonly string[]
  log: Log
}

/** Examines everything, at once what does not depend on each other, and leaves out what depends on something wrong. */
export function createDiagnose({ examiners, standIns = [], log }: DiagnoseDeps): () => Promise<Diagnosis> {
  async function findingsOf(check: CheckName, examine: Examiner): Promise<readonly Finding[]> {
    try {
      return await examine()
    } catch (error) {
      const finding = findingOfError(check, error)
      if (finding.fault === 'not-examined') log.error({ err: error, check }, 'examination failed')
      return [finding]
    }
  }

  return async function diagnose() {
    const outcomes = new Map<CheckName, Outcome>()
    const under = new Map<CheckName, Promise<readonly Finding[]>>()

    async function examine(check: CheckName): Promise<readonly Finding[]> {
      await Promise.all(needsOf(check).map((need) => under.get(need)))
      const examiner = examiners[check]
      if (isBlocked(check, outcomes)) return outcomes.set(check, 'skipped'), []
      if (!examiner) return outcomes.set(check, 'not-configured'), []
      const findings = await findingsOf(check, examiner)
      outcomes.set(check, outcomeOf(findings))
      return findings
    }

    for (const check of checkNames) under.set(check, examine(check))
    const all = (await Promise.all(checkNames.map((check) => under.get(check) ?? []))).flat()
    return { findings: inOrder(all), outcomes: Object.fromEntries(outcomes) as Diagnosis['outcomes'], standIns }
  }
}

/** What is wrong before what only warns, each most basic first; nothing twice. */
function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const different = new Map(findings.map((finding) => [`${finding.fault} ${finding.about}`, finding]))
  const of = (severity: Finding['severity']) => [...different.values()].filter((one) => one.severity === severity)
  return [...of('wrong'), ...of('warning')]
}

const weChatApps: Readonly<Partial<Record<CheckName, WeChatApp>>> = {
  account: 'account',
  'account-users': 'account',
  'mini-program': 'mini-program',
  shop: 'shop',
}

function findingOfError(check: CheckName, error: unknown): Finding {
  if (error instanceof TencentRefused) return findingOfRefusal(check, error)
  if (error instanceof TencentUnreachable) return found('tencent-unreachable', placeOf(error))
  if (error instanceof PayRefused) return findingOfPay(error)
  if (error instanceof StoreUnavailable) return found('store-unreachable')
  return found('not-examined', check)
}

/** api.example.com/cgi-bin/gettoken, ECONNREFUSED: the cause holds our own words or the system's code, never an address. */
function placeOf({ api, host, cause }: TencentUnreachable): string {
  const place = host === null ? api : `${host}${api}`
  return cause instanceof Error ? `${place}, ${cause.message}` : place
}

/** The app's own secret is known to be right where contacts are asked: another one is refused there. */
function findingOfRefusal(check: CheckName, error: TencentRefused): Finding {
  const app = weChatApps[check]
  const fault = app ? faultOfWeChat(app, error) : faultOfWeCom(error)
  if (fault === 'agent-secret-wrong' && check !== 'wecom-app') return found('contact-secret-wrong')
  return fault ? found(fault) : found('tencent-refused', `${error.api} ${error.errcode}`)
}

function findingOfPay({ api, reason }: PayRefused): Finding {
  const fault = faultOfPay(reason)
  return fault ? found(fault) : found('pay-refused', `${api} ${reason}`)
}
