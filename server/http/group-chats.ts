import type { Router } from '@koa/router'
import type { StaffId } from '../domain/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { ViewGroupChat } from '../usecases/view-group-chat.ts'
import type { GroupChatView } from './contract.ts'
import type { Sessions } from './session.ts'

export interface GroupChatRoutesDeps {
  sessions: Sessions
  viewGroupChat: ViewGroupChat
  proposeSentences: (staffId: StaffId) => Promise<readonly string[]>
  clock: Clock
}

/** The page beside a group: its customers who are the member's own, those with open alerts first (F6). */
export function groupChatRoutes(router: Router, { sessions, viewGroupChat, clock }: GroupChatRoutesDeps): void {
  router.get('/group-chats/:chatId', async (ctx) => {
    const { staffId } = sessions.require(ctx)
    const { name, mine, others } = await viewGroupChat(staffId, String(ctx.params.chatId))
    const body: GroupChatView = {
      now: clock.now().getTime(),
      name,
      others,
      customers: mine.map(({ contact, name: called, alert, openAlerts }) => ({
        id: contact.externalUserId,
        name: called,
        avatar: contact.avatar,
        openAlerts,
        alert: alert && { key: alert.key, tag: alert.tag, title: alert.title, urgency: alert.urgency, at: alert.at.getTime() },
      })),
    }
    ctx.body = body
  })
}
