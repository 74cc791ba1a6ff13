import * as ww from '@wecom/jssdk'
import type { PageSignature, SignatureRequest } from '../../server/http/contract.ts'
import type { Answer, Problem } from './api.ts'

/** Where the page was opened, and beside whose chat. */
export interface Place {
  /** `entry` of getContext (WeCom JS-SDK): normal, single_chat_tools, contact_profile … */
  entry: string
  /** The customer of this chat or profile; null where WeCom names none. */
  customerId: string | null
  /** The customer group beside which the page stands; null: none, or WeCom does not name it. */
  chatId: string | null
  /** Whether WeCom lets this page put a message into the chat it stands beside. */
  canSend: boolean
}

/** Why WeCom did not do what we asked. */
export type WeComTrouble =
  | { kind: 'silent' } // no answer within 8 s
  | { kind: 'cancelled' } // the member closed WeCom's own dialog
  | { kind: 'no-right' } // app or member lacks the right
  | { kind: 'wrong-place' } // no customer here
  | { kind: 'not-recognised' } // the page's signature was refused
  | { kind: 'bad-picture' }
  | { kind: 'unsigned'; problem: Problem } // our own server gave no signature
  | { kind: 'other' }

export type Told<T> = { ok: true; value: T } | { ok: false; trouble: WeComTrouble }

export type ChatMessage =
  | { kind: 'text'; text: string }
  | { kind: 'article'; url: string; title: string; summary: string; pictureUrl: string }
  /** `page` ends in .html; the mini-program is bound in WeCom's console. */
  | { kind: 'mini-program'; appId: string; title: string; page: string; pictureUrl: string }

interface AppIds {
  corpId: string
  agentId: number
}

export interface WeCom {
  /** What can be told without asking the host. */
  readonly house: 'wecom' | 'outside' | 'too-old'
  /** Registers once, then asks where we are. Call again to retry. */
  findPlace(ids: AppIds): Promise<Told<Place>>
  /** Asks now, and the next findPlace is given that answer. */
  findPlaceAhead(ids: AppIds): void
  /** Puts a message into the chat that the page stands beside, as the member. */
  send(message: ChatMessage): Promise<Told<null>>
  /** Opens the chat with one customer, or with one colleague. */
  openChat(who: { customerId: string } | { staffId: string }): Promise<Told<null>>
  /** Puts text on the clipboard; false when neither browser nor WeCom took it. */
  copy(text: string): Promise<boolean>
}

interface WeComDeps {
  sign(request: SignatureRequest): Promise<Answer<PageSignature>>
  navigator: Pick<Navigator, 'userAgent' | 'clipboard'>
}

/** Every SDK promise may pend for ever (no bridge, no event), so each call gives up after this. */
const patienceMs = 8_000
/** getContext exists since WeCom 3.0.24; without it the page cannot tell a chat from the workbench. */
const oldestVersion = [3, 0, 24] as const
const apis = ['getContext', 'getCurExternalContact', 'getCurExternalChat', 'sendChatMessage', 'openEnterpriseChat', 'setClipboardData']
/** Entries in which getCurExternalContact, or sendChatMessage, is allowed (JS-SDK 2.4.4, document path/94313). */
const namesCustomer = new Set(['contact_profile', 'single_chat_tools', 'single_kf_tools'])
const takesMessages = new Set(['single_chat_tools', 'group_chat_tools', 'chat_attachment', 'single_kf_tools'])

/** WeCom as the pages use it. The only importer of @wecom/jssdk. No outcome is thrown. */
export function createWeCom({ sign, navigator }: WeComDeps): WeCom {
  let registered = false
  let ahead: Promise<Told<Place>> | null = null

  function register({ corpId, agentId }: AppIds): void {
    if (registered) return
    registered = true
    ww.register({
      corpId,
      agentId,
      jsApiList: apis,
      getConfigSignature: (url) => signature('corp', url),
      getAgentConfigSignature: (url) => signature('agent', url),
    })
  }
  async function signature(kind: SignatureRequest['kind'], url: string): Promise<PageSignature> {
    const answer = await sign({ kind, url })
    if (!answer.ok) throw new Unsigned(answer.problem)
    return answer.value
  }
  async function lookAround(ids: AppIds): Promise<Told<Place>> {
    register(ids)
    // Asked together: each question takes its time, and what is no customer's place answers the second with a no.
    const [context, contact] = await Promise.all([asked(() => ww.getContext()), asked(() => ww.getCurExternalContact())])
    if (!context.ok) return context
    const entry: string = context.value.entry
    const place = { entry, customerId: null, chatId: null, canSend: takesMessages.has(entry) }
    if (entry === 'group_chat_tools') return placeInGroup(place)
    if (!namesCustomer.has(entry)) return { ok: true, value: place }
    if (contact.ok) return { ok: true, value: { ...place, customerId: contact.value.userId } }
    return contact.trouble.kind === 'wrong-place' ? { ok: true, value: place } : contact
  }
  return {
    house: houseOf(navigator.userAgent),
    findPlace(ids) {
      const begun = ahead
      ahead = null
      return begun ?? lookAround(ids)
    },
    findPlaceAhead(ids) {
      ahead = lookAround(ids)
    },
    send: (message) => quietly(asked(() => ww.sendChatMessage(wireMessage(message)))),
    openChat(who) {
      const list = 'customerId' in who ? { externalUserIds: [who.customerId] } : { userIds: [who.staffId] }
      return quietly(asked(() => ww.openEnterpriseChat(list)))
    },
    async copy(text) {
      if (await browserCopy(navigator.clipboard, text)) return true
      return (await asked(() => ww.setClipboardData({ data: text }))).ok
    },
  }
}

/** A group that WeCom will not name still takes messages. */
async function placeInGroup(place: Place): Promise<Told<Place>> {
  const chat = await asked(() => ww.getCurExternalChat())
  if (chat.ok) return { ok: true, value: { ...place, chatId: chat.value.chatId } }
  return chat.trouble.kind === 'wrong-place' ? { ok: true, value: place } : chat
}

/** Our own server gave no signature: carries why through the SDK, which rejects with what the signing threw. */
class Unsigned extends Error {
  readonly code = 'unsigned'
  readonly problem: Problem
  constructor(problem: Problem) {
    super(`no page signature: ${problem.reason}`)
    this.name = 'Unsigned'
    this.problem = problem
  }
}

function houseOf(userAgent: string): WeCom['house'] {
  if (!ww.env.isWeCom) return 'outside'
  const version = /wxwork\/([\d.]+)/i.exec(userAgent)?.[1]?.split('.').map(Number) ?? []
  for (const [place, least] of oldestVersion.entries()) {
    const part = version[place] ?? 0
    if (part !== least) return part > least ? 'wecom' : 'too-old'
  }
  return 'wecom'
}

async function asked<T>(call: () => Promise<T>): Promise<Told<T>> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const giveUp = new Promise<Told<T>>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, trouble: { kind: 'silent' } }), patienceMs)
  })
  const told = call().then(
    (value): Told<T> => ({ ok: true, value }),
    (reason: unknown): Told<T> => ({ ok: false, trouble: troubleOf(reason) }),
  )
  return Promise.race([told, giveUp]).finally(() => clearTimeout(timer))
}

async function quietly(told: Promise<Told<unknown>>): Promise<Told<null>> {
  const answer = await told
  return answer.ok ? { ok: true, value: null } : answer
}

/** The SDK rejects with plain `{ errMsg }` objects or with Errors; errMsg texts vary, so words are matched, not texts. */
function troubleOf(reason: unknown): WeComTrouble {
  if (reason instanceof Unsigned) return { kind: 'unsigned', problem: reason.problem }
  const text = messageOf(reason)
  if (/:cancel/i.test(text)) return { kind: 'cancelled' }
  if (/signature|sdk error/i.test(text)) return { kind: 'not-recognised' }
  if (/without context|no context/i.test(text)) return { kind: 'wrong-place' }
  if (/permission|access.?denied|no right/i.test(text)) return { kind: 'no-right' }
  if (/imgurl/i.test(text)) return { kind: 'bad-picture' }
  return { kind: 'other' }
}

function messageOf(reason: unknown): string {
  if (reason instanceof Error) return reason.message
  if (typeof reason !== 'object' || reason === null || !('errMsg' in reason)) return ''
  return String(reason.errMsg)
}

/** Rejections that `register` itself leaves unhandled; the same trouble is told by the call that met it. */
export function isSdkEcho(reason: unknown): boolean {
  return reason instanceof Unsigned || /^(agentConfig:|preVerifyJSAPI:|SDK Error: )/.test(messageOf(reason))
}

function wireMessage(message: ChatMessage): Parameters<typeof ww.sendChatMessage>[0] {
  if (message.kind === 'text') return { msgtype: 'text', text: { content: message.text } }
  if (message.kind === 'mini-program') {
    const { appId, title, page, pictureUrl } = message
    return { msgtype: 'miniprogram', miniprogram: { appid: appId, title, page, imgUrl: pictureUrl } }
  }
  const { url, title, summary, pictureUrl } = message
  return { msgtype: 'news', news: { link: url, title, desc: summary, imgUrl: pictureUrl } }
}

async function browserCopy(clipboard: Clipboard | undefined, text: string): Promise<boolean> {
  try {
    if (!clipboard) return false // an http page has none
    await clipboard.writeText(text)
    return true
  } catch {
    return false // the web view forbids it: WeCom's own clipboard is next
  }
}
