declare const tag: unique symbol

/** A string that cannot be passed where another kind of id is meant. */
export type Tagged<T, Name extends string> = T & { readonly [tag]: Name }

/** appid of one Official Account, mini-program or WeChat shop. */
export type AppId = Tagged<string, 'AppId'>
/** A user of ONE app; meaningless without its `AppId`. */
export type OpenId = Tagged<string, 'OpenId'>
/** The same human across the apps of one Open Platform account. */
export type UnionId = Tagged<string, 'UnionId'>
/** The customer as WeCom knows them (external_userid). */
export type ExternalUserId = Tagged<string, 'ExternalUserId'>
/** Our employee. Lower-cased: WeCom compares userids without case (document/path/90195). */
export type StaffId = Tagged<string, 'StaffId'>
/** One human, as our store names them. Never stored outside the people collection. */
export type PersonId = Tagged<string, 'PersonId'>
/** One join of two identities, as it is named to operators who may undo it. */
export type JoinId = Tagged<string, 'JoinId'>
/** Keyed hash of a phone or member number (server/edge/identity-hash.ts); the number itself is never kept. */
export type IdentityHash = Tagged<string, 'IdentityHash'>
/** Text form of an identity, `openid:wx1:oA`, `unionid:uA`, `external:wmA`, `phone:3kJ…`, `member:9aQ…`. */
export type IdentityKey = Tagged<string, 'IdentityKey'>
/** Money in fen; an integer. */
export type Fen = Tagged<number, 'Fen'>

/** Immutable name of a customer in one system; events and tokens refer to these, never to persons. */
export type Identity =
  | { kind: 'openid'; appId: AppId; openId: OpenId }
  | { kind: 'unionid'; unionId: UnionId }
  | { kind: 'external'; externalUserId: ExternalUserId }
  | { kind: 'phone' | 'member'; hash: IdentityHash }

/** The text form under which an identity is stored and compared. */
export function identityKey(identity: Identity): IdentityKey {
  switch (identity.kind) {
    case 'openid':
      return `openid:${identity.appId}:${identity.openId}` as IdentityKey
    case 'unionid':
      return `unionid:${identity.unionId}` as IdentityKey
    case 'external':
      return `external:${identity.externalUserId}` as IdentityKey
    case 'phone':
    case 'member':
      return `${identity.kind}:${identity.hash}` as IdentityKey
  }
}

/** The identity behind its text form. @throws RangeError when the text was not made by `identityKey` */
export function parseIdentityKey(key: IdentityKey): Identity {
  const [kind, first, ...rest] = key.split(':')
  if (kind === 'openid' && first && rest.length > 0) {
    return { kind, appId: first as AppId, openId: rest.join(':') as OpenId }
  }
  const whole = [first, ...rest].join(':')
  if (kind === 'unionid' && whole) return { kind, unionId: whole as UnionId }
  if (kind === 'external' && whole) return { kind, externalUserId: whole as ExternalUserId }
  if ((kind === 'phone' || kind === 'member') && whole) return { kind, hash: whole as IdentityHash }
  throw new RangeError('not an identity key')
}

/** WeCom's userids are unique without regard to case: this is the form we store and compare. */
export function staffId(userid: string): StaffId {
  return userid.toLowerCase() as StaffId
}
