import { z } from 'zod'
import { TencentRefused } from '../../domain/errors.ts'
import type { Messenger } from '../../ports/messenger.ts'
import type { TencentApi } from '../tencent/api.ts'
import { optionalText } from '../tencent/words.ts'
import { cut } from './card-text.ts'
import { templateCard, type CardDeps } from './cards.ts'

export interface MessengerDeps extends CardDeps {
  /** Under the app's own secret: another one's token answers 301002. */
  api: TencentApi
  agentId: number
  /** errcodes by which WeCom says that a task_id exists. */
  taskExists?: ReadonlySet<number>
}

/** Unverified: what a repeated task_id answers is documented nowhere; 42014 (bad task_id) is likely. */
const likelyTaskExists: ReadonlySet<number> = new Set([42014])
/** The longest that WeCom takes: an identical request within 4 h is not delivered again (document/path/90236). */
const duplicateCheckSeconds = 14_400
/** Button texts: 建议不超过10个字 (document/path/90236). */
const buttonLimit = 10

const sent = z.object({ msgid: optionalText, response_code: optionalText, invaliduser: optionalText })
const done = z.object({})

/** Application messages as template cards (document/path/90236, 94888, 94867). */
export function weComMessenger(deps: MessengerDeps): Messenger {
  const { api, agentId, taskExists = likelyTaskExists } = deps
  return {
    print(card) {
      return JSON.stringify({
        touser: card.userid,
        msgtype: 'template_card',
        agentid: agentId,
        template_card: templateCard(card, deps),
        enable_duplicate_check: 1,
        duplicate_check_interval: duplicateCheckSeconds,
      })
    },

    /** `alreadySent` is an answer to a repeat; on a first attempt it means that the task_id is bad. */
    async send(json) {
      try {
        const answer = await api.post('/cgi-bin/message/send', json, sent)
        return {
          msgId: answer.msgid,
          responseCode: answer.response_code,
          invalidUsers: (answer.invaliduser ?? '').toLowerCase().split('|').filter(Boolean),
          alreadySent: false,
        }
      } catch (error) {
        if (!(error instanceof TencentRefused) || !taskExists.has(error.errcode)) throw error
        return { msgId: null, responseCode: null, invalidUsers: [], alreadySent: true }
      }
    },

    async updateCard({ responseCode, userids, replaceName }) {
      const button = { replace_name: cut(replaceName, buttonLimit) }
      const body = { userids, agentid: agentId, response_code: responseCode, button }
      await api.post('/cgi-bin/message/update_template_card', body, done)
    },

    async recall(msgId) {
      await api.post('/cgi-bin/message/recall', { msgid: msgId }, done)
    },
  }
}
