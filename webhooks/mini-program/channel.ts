import type { CallbackKeys, MiniProgramConfig } from '../../config/load.ts'
import type { Channel } from '../channel.ts'
import { answerPlainUrlCheck, openSealed } from '../envelope.ts'
import { replyTo } from './questions.ts'
import { miniProgramAnswerIsSeen } from '../seen-answers.ts'

/** Callbacks of the mini-program: the Official Account's envelope, always secure (wechat-shop.md sections 2 and 7). */
export function miniProgramChannel(
  config: Pick<MiniProgramConfig, 'appId' | 'encryptsAnswers'> & { callback: CallbackKeys },
): Channel {
  const { appId, callback } = config
  return {
    name: 'mini-program',
    account: appId,
    ack: 'success',
    answerUrlCheck: (query) => answerPlainUrlCheck(query, callback),
    open: (body, query) => openSealed(body, query, callback, appId),
    replyTo: (bytes, now) => replyTo(bytes, config, now),
    answerIsSeen: miniProgramAnswerIsSeen,
  }
}
