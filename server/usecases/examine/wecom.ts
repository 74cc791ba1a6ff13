import { found } from '../../domain/diagnosis-faults.ts'
import type { CheckName, Finding } from '../../domain/diagnosis.ts'
import { TencentRefused } from '../../domain/errors.ts'
import type { UnionIdSample, WeComProbe } from '../../ports/probes.ts'
import type { Examiner } from '../diagnose.ts'
import { once } from './once.ts'

export interface ExamineWeComDeps {
  weCom: WeComProbe
  /** Host of PUBLIC_URL, with its port. */
  publicHost: string
  /** OPERATORS and MANAGERS. */
  staff: readonly string[]
}

/** The company's app: who it is, whom it sees, and whether customers can be told apart in it. */
export function examineWeCom({ weCom, publicHost, staff }: ExamineWeComDeps) {
  const app = once(() => weCom.app())
  const followUsers = once(() => weCom.followUsers())
  const contacts = once(async () => weCom.contacts(await followUsers()))

  async function member(userid: string): Promise<readonly Finding[]> {
    const state = await weCom.member(userid)
    if (state === 'unknown') return [found('staff-unknown', userid)]
    return state === 'outside-range' ? [found('staff-outside-range', userid)] : []
  }

  return {
    examiners: {
      /** Any answer will do, a refusal included. */
      async tencent() {
        await app().catch(passRefusal)
        return []
      },
      'wecom-app': async () => ((await app()).isClosed ? [found('agent-closed')] : []),
      'wecom-range': async () => ((await app()).hasRange ? [] : [found('agent-range-empty')]),
      async 'wecom-domain'() {
        const { trustedDomain } = await app()
        if (trustedDomain === null) return [found('trusted-domain-missing', publicHost)]
        return trustedDomain === publicHost ? [] : [found('trusted-domain-other', `${trustedDomain} ≠ ${publicHost}`)]
      },
      'wecom-contacts': async () => ((await followUsers()).length > 0 ? [] : [found('nobody-has-contacts')]),
      staff: async () => (await Promise.all(staff.map(member))).flat(),
      async 'open-platform'() {
        const { asked, unionIds } = await contacts()
        return asked > 0 && unionIds.length === 0 ? [found('open-platform-not-bound', String(asked))] : []
      },
    } satisfies Partial<Record<CheckName, Examiner>>,
    contacts: contacts satisfies () => Promise<UnionIdSample>,
  }
}

function passRefusal(error: unknown): void {
  if (!(error instanceof TencentRefused)) throw error
}
