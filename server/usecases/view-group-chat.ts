import { openStates, type Alert } from '../domain/alert.ts'
import { customerNameFor } from '../domain/decide-alert.ts'
import { Denied, NotFound } from '../domain/errors.ts'
import type { StaffId } from '../domain/ids.ts'
import { followsNow, type Contact } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { GroupChat, GroupChats } from '../ports/group-chats.ts'
import type { Alerts } from '../ports/outbox.ts'

export interface ViewGroupChatDeps {
  groupChats: GroupChats
  contacts: Pick<Contacts, 'many'>
  alerts: Pick<Alerts, 'of'>
  clock: Clock
}

/** A customer in a group who is the looking member's own. */
export interface GroupCustomer {
  contact: Contact
  name: string
  /** Her newest and most urgent open alert about them; null: none. */
  alert: Alert | null
  openAlerts: number
}

export interface GroupChatSeen {
  name: string
  /** Those with open alerts first. */
  mine: readonly GroupCustomer[]
  /** Further people from outside, who are not hers: nothing of them is told. */
  others: number
}

export type ViewGroupChat = ReturnType<typeof createViewGroupChat>

/** WeCom is asked about a group once in this time. */
const readAgainAfterMs = 60_000
const mostRemembered = 1000
const mostAlerts = 500

/** Who of a group the member follows, and about whom there is something to say (F6). */
export function createViewGroupChat({ groupChats, contacts, alerts, clock }: ViewGroupChatDeps) {
  const known = new Map<string, { at: number; chat: GroupChat }>()

  async function read(chatId: string): Promise<GroupChat> {
    const now = clock.now().getTime()
    const last = known.get(chatId)
    if (last && now - last.at < readAgainAfterMs) return last.chat
    const chat = await groupChats.read(chatId)
    if (!chat) throw new NotFound('group chat')
    if (known.size >= mostRemembered) known.clear()
    known.set(chatId, { at: now, chat })
    return chat
  }

  /** @throws NotFound, Denied (not-in-this-chat), TencentRefused, TencentUnreachable */
  return async function viewGroupChat(staffId: StaffId, chatId: string): Promise<GroupChatSeen> {
    const chat = await read(chatId)
    if (!chat.members.includes(staffId)) throw new Denied('not-in-this-chat')
    const [found, open] = await Promise.all([contacts.many(chat.customers), alerts.of(staffId, openStates, mostAlerts)])
    const own = chat.customers.flatMap((id) => found.get(id) ?? []).filter((contact) => followsNow(contact, staffId))
    const mine = own.map((contact) => customerOf(contact, staffId, open)).toSorted(alertsFirst)
    return { name: chat.name, mine, others: chat.customers.length - mine.length }
  }
}

function customerOf(contact: Contact, staffId: StaffId, open: readonly Alert[]): GroupCustomer {
  const about = open.filter(({ externalUserId }) => externalUserId === contact.externalUserId).toSorted(mostUrgent)
  const follow = contact.follows.find((one) => one.staffId === staffId) ?? null
  return { contact, name: customerNameFor(contact, follow), alert: about[0] ?? null, openAlerts: about.length }
}

function mostUrgent(a: Alert, b: Alert): number {
  return rankOf(a) - rankOf(b) || b.at.getTime() - a.at.getTime()
}

function rankOf({ urgency }: Alert): number {
  return urgency === 'now' ? 0 : 1
}

function alertsFirst(a: GroupCustomer, b: GroupCustomer): number {
  if (a.alert && b.alert) return mostUrgent(a.alert, b.alert)
  if (a.alert || b.alert) return a.alert ? -1 : 1
  return a.name < b.name ? -1 : 1
}
