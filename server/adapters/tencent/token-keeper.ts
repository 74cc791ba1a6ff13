import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { TencentRefused, TencentUnreachable } from '../../domain/errors.ts'
import { refusalKind } from '../../domain/refusal.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Leases } from '../../ports/leases.ts'
import type { Log } from '../../ports/log.ts'
import type { KeptToken, TokenStore } from '../../ports/tokens.ts'
import { meaningOf } from './errcodes.ts'

/** Keeps one token or ticket for all processes. */
export interface TokenKeeper {
  /** The present token; if there is none, one caller fetches it. @throws TencentRefused, TencentUnreachable */
  token(): Promise<string>
  /** Forgets it, but only while it still is the one that failed. */
  discard(token: string): Promise<void>
}

/** What every keeper of this process shares. */
export interface KeeperDeps {
  clock: Clock
  tokens: TokenStore
  leases: Leases
  log: Log
  /** This process, as the leases know it. */
  holder: string
}

/** What one keeper keeps and how it is fetched. */
export interface TokenSource {
  /** Unique per secret; made by `keeperName`. */
  name: string
  /** API named in errors. */
  api: string
  fetch(): Promise<{ token: string; expiresInSeconds: number }>
}

/** Longer than one call may take, so that a lease never ends under its fetcher. */
const leaseMs = 15_000
const pollMs = 50
const refreshAheadSeconds = 300
const firstBackOffMs = 60_000
const longestBackOffMs = 3_600_000

/** `wecom-token:3f2a…`: tells secrets apart without telling them. A changed secret starts afresh. */
export function keeperName(kind: string, ...secrets: readonly string[]): string {
  return `${kind}:${createHash('sha256').update(secrets.join('\n')).digest('hex').slice(0, 24)}`
}

/** The keeper of one secret: single flight here, one fetcher among processes, a refused secret left alone. */
export function tokenKeeper(deps: KeeperDeps, source: TokenSource): TokenKeeper {
  const { clock, tokens } = deps
  let kept: KeptToken | null = null
  let flight: Promise<string> | null = null
  /** The token discarded last: the store may still give it to whoever asks before the discard arrives there. */
  let dead: string | null = null

  async function fromStore(): Promise<KeptToken | null> {
    const stored = await tokens.get(source.name)
    return stored?.kind === 'token' && stored.token === dead ? null : stored
  }

  async function renew(): Promise<string> {
    const giveUpAfter = Math.ceil((leaseMs + 1000) / pollMs)
    for (let round = 0; round < giveUpAfter; round += 1) {
      kept = await fromStore()
      const stored = present(source.api, kept, clock.now())
      if (stored !== null) return stored
      if (await deps.leases.hold(source.name, deps.holder, leaseMs)) return await fetchAlone()
      await pause(pollMs)
    }
    throw new TencentUnreachable(source.api, { cause: new Error('the process at the lease brings no token') })
  }

  async function fetchAlone(): Promise<string> {
    try {
      const last = await fromStore()
      const brought = present(source.api, last, clock.now())
      kept = brought === null ? await fetchOrRefusal(deps, source, last) : last
      const token = present(source.api, kept, clock.now())
      if (token === null) throw new TencentUnreachable(source.api, { cause: new Error('token without any life') })
      return token
    } finally {
      await deps.leases.release(source.name, deps.holder)
    }
  }

  return {
    async token() {
      const fresh = present(source.api, kept, clock.now())
      if (fresh !== null) return fresh
      flight ??= renew().finally(() => (flight = null))
      return await flight
    },

    async discard(token) {
      dead = token
      if (kept?.kind === 'token' && kept.token === token) kept = null
      await tokens.discard(source.name, token)
    },
  }
}

/** The token if it may still be used; null when one must be fetched. @throws TencentRefused while a refusal stands */
function present(api: string, kept: KeptToken | null, now: Date): string | null {
  if (kept === null) return null
  if (kept.kind === 'token') return now < kept.useUntil ? kept.token : null
  if (now < kept.askAgainAt) throw new TencentRefused(api, kept.errcode)
  return null
}

async function fetchOrRefusal(deps: KeeperDeps, source: TokenSource, last: KeptToken | null): Promise<KeptToken> {
  const kept = await source.fetch().then(
    (fetched) => tokenOf(fetched, deps.clock.now()),
    (error: unknown) => refusalOf(error, last, deps.clock.now()),
  )
  if (kept.kind === 'refused') {
    const { errcode, askAgainAt } = kept
    const fields = { api: source.api, errcode, meaning: meaningOf(errcode), askAgainAt }
    deps.log.error(fields, 'Tencent refuses a token')
  }
  await deps.tokens.put(source.name, kept)
  return kept
}

/** 300 s before its end, as the contract asks; half of the life of a token that is shorter than 600 s. */
function tokenOf(fetched: { token: string; expiresInSeconds: number }, now: Date): KeptToken {
  const { token, expiresInSeconds } = fetched
  const seconds = Math.max(expiresInSeconds - refreshAheadSeconds, Math.floor(expiresInSeconds / 2))
  return { kind: 'token', token, useUntil: new Date(now.getTime() + seconds * 1000) }
}

/** What an operator must mend is remembered, doubling from one minute to one hour; what may pass is asked again at once. */
function refusalOf(error: unknown, last: KeptToken | null, now: Date): KeptToken {
  if (!(error instanceof TencentRefused) || refusalKind(error.errcode) !== 'configuration') throw error
  const times = last?.kind === 'refused' ? last.times + 1 : 1
  const backOffMs = Math.min(firstBackOffMs * 2 ** (times - 1), longestBackOffMs)
  return { kind: 'refused', errcode: error.errcode, times, askAgainAt: new Date(now.getTime() + backOffMs) }
}
