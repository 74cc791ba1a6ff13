import type { OfficialAccountConfig } from '../../config/load.ts'
import { UntrustedCallback } from '../../server/domain/errors.ts'
import { identityHasher } from '../../server/edge/identity-hash.ts'
import type { Channel } from '../channel.ts'
import { answerPlainUrlCheck, openSealed, requirePlainSignature } from '../envelope.ts'
import { memberCodeSealer } from './member-cards.ts'
import { accountAnswerIsSeen } from '../seen-answers.ts'

/**
 * Callbacks of the Official Account. Secure and compatible mode take the decrypted text only, so that a readable body
 * under a replayed three-value `signature` is refused; plain mode has nothing but that signature, which covers no body.
 * Member numbers leave as keyed hashes, so that none is stored.
 * Source: official-account.md sections 1 to 3.
 */
export function officialAccountChannel(
  { appId, callback, mode, memberCards = [] }: OfficialAccountConfig,
  identitySecret: string,
): Channel {
  const sealCodes = memberCodeSealer(memberCards, identityHasher(identitySecret))
  return {
    name: 'official-account',
    account: appId,
    ack: 'success',
    answerUrlCheck: (query) => answerPlainUrlCheck(query, callback),
    open(body, query) {
      if (mode === 'plain') {
        requirePlainSignature(query, callback)
        return sealCodes(body)
      }
      if ((query.optional('encrypt_type') ?? 'aes') !== 'aes') throw new UntrustedCallback('encrypt_type is not aes')
      return sealCodes(openSealed(body, query, callback, appId))
    },
    answerIsSeen: accountAnswerIsSeen,
  }
}
