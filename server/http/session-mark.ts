import type { Context } from 'koa'
import type { StaffId } from '../domain/ids.ts'
import { keyedMark } from '../edge/keyed-mark.ts'

/**
 * Tells the pages, before any answer of ours, which member is signed in: a cookie that they can read, beside the one that
 * signs in and as long as that. It opens nothing on the server; the pages show what the device remembers only under it.
 */
export interface SessionMark {
  of(member: StaffId): string
  /** With a new session. */
  renew(ctx: Context, member: StaffId, maxAgeMs: number): void
  /** The browser gets it where it has none, or another's. */
  see(ctx: Context, member: StaffId, maxAgeMs: number): void
  /** Nobody is signed in. */
  clear(ctx: Context): void
}

interface SessionMarkDeps {
  secret: string
  /** Name of the cookie. */
  name: string
  /** What the session's own cookie is set with. */
  cookie: Readonly<Parameters<Context['cookies']['set']>[2] & object>
}

/** The mark of the session: a keyed hash of the member's id. */
export function sessionMark({ secret, name, cookie }: SessionMarkDeps): SessionMark {
  const of = keyedMark(secret, 'staff-mark')
  const readable = { ...cookie, httpOnly: false }
  const renew: SessionMark['renew'] = (ctx, member, maxAge) => void ctx.cookies.set(name, of(member), { ...readable, maxAge })
  return {
    of,
    renew,
    see(ctx, member, maxAgeMs) {
      if (ctx.cookies.get(name) !== of(member)) renew(ctx, member, maxAgeMs)
    },
    clear(ctx) {
      if (ctx.cookies.get(name) !== undefined) ctx.cookies.set(name, null, readable)
    },
  }
}
