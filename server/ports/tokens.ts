/**
 * A token or ticket of Tencent as every process shares it, or the refusal that stands in its place.
 * A secret that was refused is not tried again before `askAgainAt`: WeCom bans the caller's IP for an hour
 * when a wrong secret is repeated (document/path/90313, 45009).
 */
export type KeptToken =
  | { kind: 'token'; token: string; useUntil: Date }
  | { kind: 'refused'; errcode: number; times: number; askAgainAt: Date }

/**
 * Where tokens rest between processes. Dates are Clock time; a store may forget an entry when it likes (it is fetched
 * again). Tokens are secrets: never logged, never in an error.
 */
export interface TokenStore {
  /** `name` is the keeper's: platform, kind and a hash of the secret, never the secret itself. */
  get(name: string): Promise<KeptToken | null>
  /** Replaces whatever is there. */
  put(name: string, kept: KeptToken): Promise<void>
  /** Compare-and-delete: removes the entry only while it still is this very token. */
  discard(name: string, token: string): Promise<void>
}
