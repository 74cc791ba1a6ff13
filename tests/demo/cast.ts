import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { FakeTencent } from '../fake-tencent/main.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import type { DemoClock } from './clock.ts'
import type { ChatLine } from './contract.ts'
import type { Feed } from './feed.ts'
import type { DemoMemory } from './memory.ts'

/** Where the salesperson's screen is; not kept over a restart. */
export interface Desktop {
  /** Chat that is open, or app (the cards) or workbench. */
  open: string
  clipboard: string | null
  /** Counted up when something else than the page opens a chat. */
  moved: number
  unread: Record<string, number>
  /** So many of the app's messages were looked at. */
  cardsSeen: number
}

/** Everybody on stage, and what they act with. */
export interface Cast {
  tencent: FakeTencent
  clock: DemoClock
  memory: DemoMemory
  feed: Feed
  desktop: Desktop
  lin: CustomerActor
  mei: StaffActor
  productUrl: string
  /** Has the product count what it otherwise counts by night. */
  count(): Promise<void>
  /** Something that the page shows has changed. */
  changed(): void
}

/** Puts one line into a chat that both sides see. */
export function addLine(cast: Cast, chat: string, line: Pick<ChatLine, 'by' | 'text'> & Partial<ChatLine>): void {
  const lines = (cast.memory.chats[chat] ??= [])
  lines.push(newLine(cast, line))
  if (line.by !== 'mei' && cast.desktop.open !== chat) cast.desktop.unread[chat] = (cast.desktop.unread[chat] ?? 0) + 1
  cast.changed()
}

/** Puts one line into the Official Account's chat on the customer's phone. */
export function addAccountLine(cast: Cast, line: Pick<ChatLine, 'by' | 'text'> & Partial<ChatLine>): void {
  cast.memory.account.push(newLine(cast, line))
  cast.changed()
}

function newLine({ memory, clock }: Cast, line: Pick<ChatLine, 'by' | 'text'> & Partial<ChatLine>): ChatLine {
  memory.lineCount += 1
  return { link: null, plain: false, ...line, id: memory.lineCount, at: clock.now().getTime() }
}
