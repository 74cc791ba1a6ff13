import type { Clock } from '../../ports/clock.ts'
import type { Leases } from '../../ports/leases.ts'
import type { Log } from '../../ports/log.ts'
import type { KeptToken, TokenStore } from '../../ports/tokens.ts'
import type { KeeperDeps } from '../tencent/token-keeper.ts'

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined }

/**
 * Tokens for one examination only: what the server keeps may be older than the secret in the console, or a refusal that
 * has been put right meanwhile. Asking again gives the server's own token, or one beside it, and ends neither
 * (document/path/91039; Official Account, api_getstableaccesstoken).
 */
export function keptApart(clock: Clock): KeeperDeps {
  return { clock, tokens: tokensInMemory(), leases: always, log: silent, holder: 'doctor' }
}

const always: Leases = { hold: async () => true, release: async () => undefined }

function tokensInMemory(): TokenStore {
  const kept = new Map<string, KeptToken>()
  return {
    get: async (name) => kept.get(name) ?? null,
    put: async (name, token) => void kept.set(name, token),
    discard: async (name) => void kept.delete(name),
  }
}
