import type { WeComConfig } from '../../config/load.ts'
import type { Channel } from '../channel.ts'
import { openSealed, requireMessageSignature } from '../envelope.ts'
import { decryptMessage } from '../message-crypt.ts'
import { appAnswerIsSeen } from '../seen-answers.ts'

/**
 * Callbacks of WeCom. Unlike the Official Account's, its echostr is a ciphertext under `msg_signature`, and nothing is
 * ever plain. The ack is an empty body. Source: wecom-callback.md sections 2 to 4.
 */
export function weComChannel({ corpId, callback }: Pick<WeComConfig, 'corpId' | 'callback'>): Channel {
  return {
    name: 'wecom',
    account: corpId,
    ack: '',
    answerUrlCheck(query) {
      const echostr = query.one('echostr')
      requireMessageSignature(query, callback, echostr)
      return decryptMessage(callback.aesKey, echostr, corpId)
    },
    open: (body, query) => openSealed(body, query, callback, corpId),
    answerIsSeen: appAnswerIsSeen,
  }
}
