import { parseIdentityKey, type IdentityKey } from './ids.ts'

/**
 * Whether two sides name different humans as far as the platforms can tell: another contact, another unionid, or another
 * openid in the same app. A phone that both have proved is shared by two people, or belongs to one with two WeChat
 * accounts; nobody can tell which, so it joins neither (C1).
 */
export function areSetApart(one: readonly IdentityKey[], other: readonly IdentityKey[]): boolean {
  const taken = new Set(one.flatMap(placesOf))
  return other.some((key) => !one.includes(key) && placesOf(key).some((place) => taken.has(place)))
}

/** Where a human has one identity at most: `openid:wx1`, `unionid`, `external`. Phones and member numbers may be many. */
function placesOf(key: IdentityKey): readonly string[] {
  const identity = parseIdentityKey(key)
  if (identity.kind === 'phone' || identity.kind === 'member') return []
  return [identity.kind === 'openid' ? `openid:${identity.appId}` : identity.kind]
}
