import type { LinkFact } from '../../server/domain/event.ts'
import type { IdentityHash } from '../../server/domain/ids.ts'
import { normaliseMemberNumber } from '../../server/domain/phone.ts'
import type { IdentityHasher } from '../../server/edge/identity-hash.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { textOf, type Fields } from '../fields.ts'
import { headOfAppUser } from '../message-head.ts'

/**
 * What a customer does with a card of their own: takes it, opens it, fills in its form. Each carries FromUserName (the
 * holder's openid), CardId and UserCardCode. What is not listed may be told of a card by somebody else's act.
 * Source: the manual's card events (卡券事件推送, 会员卡激活事件推送); the contract names them without their fields.
 */
const ownActs: ReadonlySet<string> = new Set(['user_get_card', 'user_view_card', 'submit_membercard_user_info'])

const cardIds = /<CardId>\s*(?:<!\[CDATA\[)?([^<\]]+)|"CardId"\s*:\s*"([^"]+)"/g
/** OldUserCardCode is a number too, and just as little to be kept. */
const codes = /(<(?:Old)?UserCardCode>\s*(?:<!\[CDATA\[)?|"(?:Old)?UserCardCode"\s*:\s*")([^<\]"]+)/g

const prefix = 'member#'

/**
 * Takes the numbers of the brand's member cards out of a trusted message before it is stored: each becomes
 * `member#<keyed hash>`. Codes of other cards, coupons for one, are nobody's member number and stay as they are.
 */
export function memberCodeSealer(memberCards: readonly string[], hasher: IdentityHasher): (bytes: Uint8Array) => Uint8Array {
  if (memberCards.length === 0) return (bytes) => bytes
  return (bytes) => {
    if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('CardCode')) return bytes
    const text = new TextDecoder().decode(bytes)
    const isOurs = [...text.matchAll(cardIds)].some(([, xml, json]) => memberCards.includes((xml ?? json ?? '').trim()))
    if (!isOurs) return bytes
    return Buffer.from(text.replaceAll(codes, (_, before: string, code: string) => `${before}${sealed(code, hasher)}`))
  }
}

function sealed(code: string, hasher: IdentityHasher): string {
  const number = normaliseMemberNumber(code)
  return `${prefix}${number ? hasher.member(number).hash : 'unreadable'}`
}

/** The proof that a member number is this customer's; null: no act of the customer with a member card of the brand's. */
export function memberCardLink(fields: Fields, delivery: Delivery): LinkFact | null {
  const event = textOf(fields, 'Event')?.toLowerCase() ?? ''
  const hash = /^member#([\w-]{22})$/.exec(textOf(fields, 'UserCardCode') ?? '')?.[1]
  if (!ownActs.has(event) || hash === undefined) return null
  const { key, at, who } = headOfAppUser(fields, delivery, 'official-account')
  const evidence = { by: 'member-card', appId: who.appId } as const
  return { key: `${key}:member-card`, at, a: who, b: { kind: 'member', hash: hash as IdentityHash }, evidence }
}
