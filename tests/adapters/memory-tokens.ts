import type { Leases } from '../../server/ports/leases.ts'
import type { KeptToken, TokenStore } from '../../server/ports/tokens.ts'

/** A TokenStore in memory: what two processes of a test share. */
export function memoryTokens(): TokenStore & { entries: ReadonlyMap<string, KeptToken> } {
  const entries = new Map<string, KeptToken>()
  return {
    entries,
    get: async (name) => entries.get(name) ?? null,
    put: async (name, kept) => void entries.set(name, kept),
    async discard(name, token) {
      const kept = entries.get(name)
      if (kept?.kind === 'token' && kept.token === token) entries.delete(name)
    },
  }
}

/** Leases in memory that never run out by themselves. */
export function memoryLeases(): Leases {
  const holders = new Map<string, string>()
  return {
    async hold(name, holder) {
      const current = holders.get(name) ?? holder
      holders.set(name, current)
      return current === holder
    },
    async release(name, holder) {
      if (holders.get(name) === holder) holders.delete(name)
    },
  }
}
