import { z } from 'zod'
import { identityKey, type AppId, type IdentityKey, type OpenId } from '../../server/domain/ids.ts'
import type { NoticeDeed } from '../../server/domain/notice.ts'
import type { Consent } from '../consent.ts'

/** What the mall says that its customer saw or decided; `version` is that of the words it showed. */
export const noticeReport = z.object({
  version: z.string().min(1).max(40),
  answer: z.enum(['shown', 'agree', 'decline', 'withdraw']),
})
export type NoticeReport = z.output<typeof noticeReport>

/** How it stands with one customer, as the mall hears it; `version` is the one in use. */
export interface ConsentState {
  version: string
  /** not-needed: noted after notice. needed: nothing is kept before they agree. given; refused: they said no. */
  consent: 'not-needed' | 'needed' | 'given' | 'refused'
}

const deeds: Readonly<Record<NoticeReport['answer'], NoticeDeed>> = {
  shown: 'shown',
  agree: 'agreed',
  decline: 'declined',
  withdraw: 'withdrawn',
}

/** The beacon's side of notice and consent (C5). */
export function beaconConsent(consent: Consent) {
  const keyOf = (appId: AppId, openId: OpenId): IdentityKey => identityKey({ kind: 'openid', appId, openId })
  return {
    async stateOf(appId: AppId, openId: OpenId): Promise<ConsentState> {
      const standing = await consent.standing('beacon', keyOf(appId, openId))
      const { version } = consent.textOf('beacon')
      if (standing === 'no') return { version, consent: 'refused' }
      if (standing === 'ask') return { version, consent: 'needed' }
      return { version, consent: consent.asks('beacon') ? 'given' : 'not-needed' }
    },

    /** Notes a report about the version in use; a withdrawal holds whatever words were shown. False: another version. */
    async note(appId: AppId, openId: OpenId, { version, answer }: NoticeReport): Promise<boolean> {
      if (answer !== 'withdraw' && version !== consent.textOf('beacon').version) return false
      await consent.note('beacon', keyOf(appId, openId), deeds[answer], 'app')
      return true
    },
  }
}

/** Whether anything may be kept. */
export function allows({ consent }: ConsentState): boolean {
  return consent === 'not-needed' || consent === 'given'
}
