import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { LinkFact } from '../../server/domain/event.ts'
import { identityKey, type AppId, type IdentityHash, type OpenId } from '../../server/domain/ids.ts'
import type { Delivery } from '../../server/ports/inbox.ts'

/** Bytes of one proof: this openid has shown that the phone is theirs. The number itself is in no delivery. */
export const provedPhone = z.object({
  kind: z.literal('proved-phone'),
  appId: z.string().transform((text) => text as AppId),
  openId: z.string().transform((text) => text as OpenId),
  hash: z.string().transform((text) => text as IdentityHash),
  at: z.number(),
})

/** Shape of the stored bytes; `at` in Unix ms. */
export type ProvedPhone = z.output<typeof provedPhone>

/** Each proof is a delivery of its own: a code works once, and a later proof may hold where an earlier one did not. */
export function phoneDelivery(proof: ProvedPhone): Delivery {
  return {
    channel: 'beacon',
    account: proof.appId,
    key: `phone|${createHash('sha256').update(proofKey(proof)).digest('base64url')}`,
    bytes: Buffer.from(JSON.stringify(proof)),
    receivedAt: new Date(proof.at),
  }
}

/** The proof in our words. */
export function phoneFact(proof: ProvedPhone): LinkFact {
  const { appId, openId, hash, at } = proof
  return {
    key: proofKey(proof),
    at: new Date(at),
    a: { kind: 'openid', appId, openId },
    b: { kind: 'phone', hash },
    evidence: { by: 'phone', appId },
  }
}

function proofKey({ appId, openId, hash, at }: ProvedPhone): string {
  return `phone:${identityKey({ kind: 'openid', appId, openId })}:${hash}:${at}`
}
