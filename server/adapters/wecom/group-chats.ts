import { z } from 'zod'
import { TencentRefused } from '../../domain/errors.ts'
import { staffId, type ExternalUserId } from '../../domain/ids.ts'
import type { GroupChats } from '../../ports/group-chats.ts'
import type { TencentApi } from '../tencent/api.ts'
import { optionalText, whole } from '../tencent/words.ts'

const member = z.object({ userid: z.string().min(1), type: whole })
const answer = z.object({ group_chat: z.object({ chat_id: z.string(), name: optionalText, member_list: z.array(member).nullish() }) })

/** 86001, 86008: no chat of that id, or none of ours; 40050: no chat id at all (document/path/90313). */
const unknownChat: ReadonlySet<number> = new Set([86001, 86008, 40050, 40058])

/** Customer groups; `api` under the customer-contact secret. Members of type 1 are ours, of type 2 from outside (document/path/92122). */
export function weComGroupChats({ api }: { api: TencentApi }): GroupChats {
  return {
    async read(chatId) {
      try {
        const { group_chat: chat } = await api.post('/cgi-bin/externalcontact/groupchat/get', { chat_id: chatId, need_name: 0 }, answer)
        const list = chat.member_list ?? []
        return {
          id: chat.chat_id,
          name: chat.name ?? '',
          members: list.filter(({ type }) => type === 1).map(({ userid }) => staffId(userid)),
          customers: list.filter(({ type }) => type === 2).map(({ userid }) => userid as ExternalUserId),
        }
      } catch (error) {
        if (error instanceof TencentRefused && unknownChat.has(error.errcode)) return null
        throw error
      }
    },
  }
}
