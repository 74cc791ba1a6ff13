import type { CallbackKeys } from '../../config/load.ts'
import type { AppId } from '../../server/domain/ids.ts'
import type { Channel } from '../channel.ts'
import { answerPlainUrlCheck, openSealed } from '../envelope.ts'

/** Callbacks of the mini-program: the Official Account's envelope, always secure (wechat-shop.md sections 2 and 7). */
export function miniProgramChannel({ appId, callback }: { appId: AppId; callback: CallbackKeys }): Channel {
  return {
    name: 'mini-program',
    account: appId,
    ack: 'success',
    answerUrlCheck: (query) => answerPlainUrlCheck(query, callback),
    open: (body, query) => openSealed(body, query, callback, appId),
  }
}
