import { z } from 'zod'
import type { AppId, OpenId } from '../../server/domain/ids.ts'
import type { Clock } from '../../server/ports/clock.ts'
import { signerFor } from '../../server/edge/signed.ts'

/** What a mall shows with its events instead of an openid: the openid never comes from the client. */
export interface BeaconSession {
  token: string
  expiresAt: Date
}

export type BeaconSessions = ReturnType<typeof beaconSessions>

/**
 * A day: long enough that an H5 mall need not send its visitor through OAuth again in one sitting; a stolen token
 * can only report events as its own bearer.
 */
const sessionMs = 24 * 3600_000

const claim = z.object({ appId: z.string(), openId: z.string() })

/** Issues and reads the beacon's bearer tokens: signed, stateless, good for one app and one openid. */
export function beaconSessions(deps: { sessionSecret: string; clock: Clock }) {
  const { clock } = deps
  const signer = signerFor(deps.sessionSecret, 'beacon-session', claim)
  return {
    issue(appId: AppId, openId: OpenId): BeaconSession {
      const expiresAt = new Date(clock.now().getTime() + sessionMs)
      return { token: signer.seal({ appId, openId }, expiresAt), expiresAt }
    },

    /** The openid that an `Authorization: Bearer` header speaks for at this app; null: none that we issued for it. */
    read(appId: AppId, authorization: string): OpenId | null {
      const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
      const found = signer.open(token, clock.now())
      return found?.appId === appId ? (found.openId as OpenId) : null
    },
  }
}
