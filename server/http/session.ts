import { randomBytes } from 'node:crypto'
import type { Context } from 'koa'
import { z } from 'zod'
import type { WeComConfig } from '../../config/load.ts'
import { faultOfWeCom } from '../domain/diagnosis-causes.ts'
import { wordsOf } from '../domain/diagnosis-faults.ts'
import { Denied, SignedOut, TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import { staffId, type StaffId } from '../domain/ids.ts'
import { isOutsideRange } from '../domain/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { StaffDirectory, StaffSignIn } from '../ports/staff.ts'
import type { RateLimits } from '../edge/rate-limits.ts'
import { signerFor } from '../edge/signed.ts'
import type { SessionView } from './contract.ts'
import { sessionMark } from './session-mark.ts'

/** The signed-in member. */
export interface Member {
  staffId: StaffId
  /** As WeCom spells it. */
  userid: string
  /** When the session ends. */
  until: Date
}

export interface SessionDeps {
  sessionSecret: string
  signIn: StaffSignIn
  staffDirectory: StaffDirectory
  limits: RateLimits
  clock: Clock
  publicUrl: string
  weCom: Pick<WeComConfig, 'corpId' | 'agentId'>
  operators: readonly StaffId[]
  managers: readonly StaffId[]
  laterMinutes: number
  timeZone: string
  /** Whether a merchant is configured. */
  payments: boolean
  log: Log
}

export type Sessions = ReturnType<typeof createSessions>

type Refusal = 'not-a-member' | 'outside-visible-range' | 'not-set-up' | 'failed'

const sessionHours = 12
const signInMinutes = 10
/** Long enough for the page to ask why. */
const refusalMinutes = 1

/** WeCom OAuth (snsapi_base, document/path/91022) -> a signed, HttpOnly, SameSite cookie. */
export function createSessions(deps: SessionDeps) {
  const { signIn, staffDirectory, limits, clock, publicUrl, log } = deps
  const memberTokens = signerFor(deps.sessionSecret, 'staff-session', z.object({ userid: z.string(), until: z.number() }))
  const beginning = z.object({ state: z.string(), returnTo: z.string() })
  const signInTokens = signerFor(deps.sessionSecret, 'staff-sign-in', beginning)
  const refusals = signerFor(deps.sessionSecret, 'staff-sign-in-refused', z.object({ reason: z.string() }))
  const { cookie, cookieName, markCookieName, signInCookieName, refusalCookieName } = cookiesOf(publicUrl)
  const mark = sessionMark({ secret: deps.sessionSecret, name: markCookieName, cookie })
  const inMinutes = (minutes: number) => new Date(clock.now().getTime() + minutes * 60_000)

  /** The member behind the cookie, or null. */
  function current(ctx: Context): Member | null {
    const value = memberTokens.open(ctx.cookies.get(cookieName), clock.now())
    return value && { userid: value.userid, staffId: staffId(value.userid), until: new Date(value.until) }
  }

  function require(ctx: Context): Member {
    const member = current(ctx)
    if (!member) throw new SignedOut()
    limits.check('api', member.staffId)
    return member
  }

  /** Whoever has left the company is no member any more, whatever the cookie says. */
  async function isOver({ staffId: id, until }: Member): Promise<boolean> {
    return clock.now() >= until || staffDirectory.hasLeft(id)
  }

  const isOperator = (member: Member) => deps.operators.includes(member.staffId)
  const isManager = (member: Member) => deps.managers.includes(member.staffId)

  function start(ctx: Context): void {
    limits.checkAddress('sign-in', ctx.ip)
    const state = randomBytes(16).toString('hex')
    const returnTo = localPath(ctx.query.return)
    const ends = inMinutes(signInMinutes)
    const sealed = signInTokens.seal({ state, returnTo }, ends)
    ctx.cookies.set(signInCookieName, sealed, { ...cookie, maxAge: signInMinutes * 60_000 })
    const where = /wxwork\//i.test(ctx.get('user-agent')) ? 'in-wecom' : 'desktop'
    ctx.redirect(signIn.authorizeUrl(`${publicUrl}/api/session`, state, where))
  }

  /**
   * Back from WeCom. A state that we did not give to this browser admits nobody; a refusal is kept for the page, which
   * tells it in a sentence. Never starts over by itself: a browser without cookies would go round for ever.
   */
  async function finish(ctx: Context, code: string): Promise<void> {
    limits.checkAddress('sign-in', ctx.ip)
    const begun = signInTokens.open(ctx.cookies.get(signInCookieName), clock.now())
    ctx.cookies.set(signInCookieName, null, cookie)
    if (begun && begun.state === ctx.query.state) await admit(ctx, code)
    else log.info({ reason: begun ? 'foreign-state' : 'no-state' }, 'sign-in refused')
    ctx.redirect(`${publicUrl}${localPath(begun?.returnTo)}`)
  }

  async function admit(ctx: Context, code: string): Promise<void> {
    const member = await exchange(code)
    if (typeof member === 'string') {
      log.info({ reason: member }, 'sign-in refused')
      const sealed = refusals.seal({ reason: member }, inMinutes(refusalMinutes))
      return void ctx.cookies.set(refusalCookieName, sealed, { ...cookie, maxAge: refusalMinutes * 60_000 })
    }
    await rememberName(member.userid)
    const until = inMinutes(sessionHours * 60)
    const sealed = memberTokens.seal({ userid: member.userid, until: until.getTime() }, until)
    ctx.cookies.set(cookieName, sealed, { ...cookie, maxAge: sessionHours * 3600_000 })
    mark.renew(ctx, staffId(member.userid), sessionHours * 3600_000)
    ctx.cookies.set(refusalCookieName, null, cookie)
  }

  /** The member, or why not. A code that is wrong, old or used (40029, 42003, 42022) is not asked about again. */
  async function exchange(code: string): Promise<{ userid: string } | Refusal> {
    try {
      return (await signIn.exchange(code)) ?? 'not-a-member'
    } catch (error) {
      if (error instanceof TencentRefused) return refusalOf(error)
      if (error instanceof TencentUnreachable) return 'failed'
      throw error
    }
  }

  /** Whoever comes is nobody yet, an operator neither: what is set up wrongly is named in the log. */
  function refusalOf(error: TencentRefused): Refusal {
    if (isOutsideRange(error)) return 'outside-visible-range'
    const fault = faultOfWeCom(error)
    if (fault) log.error({ fault, meaning: wordsOf({ fault, about: null }).what.en }, 'nobody can sign in')
    return fault ? 'not-set-up' : 'failed'
  }

  /** Nobody is signed in: says why, where the sign-in was refused a moment ago. */
  function signedOut(ctx: Context): Denied | SignedOut {
    const refusal = refusals.open(ctx.cookies.get(refusalCookieName), clock.now())
    return refusal && refusal.reason !== 'failed' ? new Denied(refusal.reason) : new SignedOut()
  }

  async function rememberName(userid: string): Promise<void> {
    const known = await staffDirectory.get(staffId(userid))
    if (!known || (await staffDirectory.hasLeft(staffId(userid)))) await staffDirectory.meet(userid, clock.now())
    if (known?.name) return
    const name = await signIn.nameOf(userid).catch(() => null)
    if (name) await staffDirectory.setName(staffId(userid), name)
  }

  async function view(member: Member): Promise<SessionView> {
    const known = await staffDirectory.get(member.staffId)
    return {
      now: clock.now().getTime(),
      staff: { id: member.userid, name: known?.name ?? null, operator: isOperator(member), manager: isManager(member) },
      weCom: { corpId: deps.weCom.corpId, agentId: deps.weCom.agentId },
      laterMinutes: deps.laterMinutes,
      timeZone: deps.timeZone,
      payments: deps.payments,
      mark: mark.of(member.staffId),
    }
  }

  /** What the pages may know before they have asked goes and comes with the session. */
  function markFor(ctx: Context, member: Member | null): void {
    if (member) mark.see(ctx, member.staffId, member.until.getTime() - clock.now().getTime())
    else mark.clear(ctx)
  }

  return {
    current,
    require,
    isOperator,
    isOver,
    /** GET /api/session: JSON for the pages, the OAuth way there and back for navigations. */
    async handle(ctx: Context): Promise<void> {
      const { code } = ctx.query
      if (typeof code === 'string') return finish(ctx, code)
      const wantsJson = ctx.accepts('html', 'json') === 'json'
      const known = current(ctx)
      const member = known && !(await isOver(known)) ? known : null
      markFor(ctx, member)
      if (member && (wantsJson || !ctx.query.return)) ctx.body = await view(member)
      else if (wantsJson) throw signedOut(ctx)
      else if (member) ctx.redirect(`${publicUrl}${localPath(ctx.query.return)}`)
      else start(ctx)
    },
  }
}

/**
 * On https the browser itself sees to it that nobody but this host sets them (`__Host-`: not even a neighbouring subdomain,
 * which could plant a session of its own), and that they reach us where WeCom shows the sidebar in a frame of its page too
 * (`SameSite=None`), there as a jar apart, which no other site that frames us can use (`Partitioned`).
 * UNCONFIRMED which of WeCom's clients use a frame; in a window of its own all of this holds as well.
 * What may change something is guarded by its origin besides (api.ts).
 */
function cookiesOf(publicUrl: string) {
  const isHttps = publicUrl.startsWith('https:')
  const name = (text: string) => (isHttps ? `__Host-${text}` : text)
  const own = { httpOnly: true, path: '/' } as const
  return {
    cookie: isHttps
      ? ({ ...own, secure: true, sameSite: 'none', partitioned: true } as const)
      : ({ ...own, secure: false, sameSite: 'lax' } as const),
    cookieName: name('staff'),
    markCookieName: name('staff-mark'),
    signInCookieName: name('sign-in'),
    refusalCookieName: name('sign-in-refused'),
  }
}

/** Only a path of our own pages: never a way to somebody else's site. */
function localPath(value: unknown): string {
  const text = typeof value === 'string' ? value : ''
  return /^\/sidebar\/[\w\-./#?=&%:@]*$/.test(text) && !text.includes('..') ? text : '/sidebar/'
}
