import type { WhoPath } from '../../config/inbound-mapping.ts'
import type { Path } from '../../config/inbound-path.ts'
import type { AppId, Identity, IdentityHash, OpenId, UnionId } from '../../server/domain/ids.ts'
import { normaliseMemberNumber, normalisePhone } from '../../server/domain/phone.ts'
import type { IdentityHasher } from '../../server/edge/identity-hash.ts'
import { firstText, placeText, type Scope } from './values.ts'

/** Whose event it is; nobody's; or what is wrong with what should have told. */
export type Named = { who: Identity } | { who: null; problems: readonly string[] }

/** The kinds of identity that are kept as a hash only. */
export type HashedKind = 'phone' | 'member'

const unreadable = 'unreadable'

/**
 * What is stored in place of a phone or member number: `phone#<hash>`, or `phone#unreadable`; a phone first. What was
 * made so before stays as it is: stored messages are read again.
 */
export function hashedText(kinds: readonly HashedKind[], text: string, hasher: IdentityHasher): string {
  if (/^(?:phone|member)#(?:[\w-]{22}|unreadable)$/.test(text)) return text
  const phone = kinds.includes('phone') ? normalisePhone(text) : null
  const number = kinds.includes('member') ? normaliseMemberNumber(text) : null
  const identity = phone ? hasher.phone(phone) : number ? hasher.member(number) : null
  return identity ? `${identity.kind}#${identity.hash}` : `${kinds[0]}#${unreadable}`
}

/** The first way that is there and well-formed. Phone and member numbers must have been hashed before. */
export function readWho(scope: Scope, ways: readonly WhoPath[]): Named {
  const problems: string[] = []
  for (const way of ways) {
    const found = firstText(scope, [pathOf(way)])
    if (!found || isOtherKind(kindOf(way), found.text)) continue
    const who = identityOf(way, found.text)
    if (who) return { who }
    problems.push(`${placeText(found.place)} ${rules[kindOf(way)]}`)
  }
  return { who: null, problems }
}

/** A field that may hold either: what stands there now is the other one. */
function isOtherKind(kind: string, text: string): boolean {
  return (kind === 'phone' && text.startsWith('member#')) || (kind === 'member' && text.startsWith('phone#'))
}

/** Where it stands. */
export function pathOf(way: WhoPath): Path {
  if ('phone' in way) return way.phone
  if ('member' in way) return way.member
  return 'unionid' in way ? way.unionid : way.openid
}

/** Which kind of identity stands there. */
export function kindOf(way: WhoPath): HashedKind | 'unionid' | 'openid' {
  if ('phone' in way) return 'phone'
  if ('member' in way) return 'member'
  return 'unionid' in way ? 'unionid' : 'openid'
}

const rules = {
  phone: 'must be a whole mobile number, such as 13800138000 or +85291234567',
  member: 'must be a member number of 3 to 64 letters, digits, - or _',
  unionid: 'must be a unionid of 6 to 64 letters, digits, - or _',
  openid: 'must be an openid of 6 to 64 letters, digits, - or _',
} as const

function identityOf(way: WhoPath, text: string): Identity | null {
  const kind = kindOf(way)
  if (kind === 'phone' || kind === 'member') {
    const hash = text.startsWith(`${kind}#`) ? text.slice(kind.length + 1) : unreadable
    return hash === unreadable ? null : { kind, hash: hash as IdentityHash }
  }
  if (!/^[\w-]{6,64}$/.test(text)) return null
  return 'openid' in way
    ? { kind: 'openid', appId: way.appId as AppId, openId: text as OpenId }
    : { kind: 'unionid', unionId: text as UnionId }
}
