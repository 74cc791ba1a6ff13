import type { Desk } from './api.ts'
import type { ConsoleRecord } from './console.ts'
import { staffOf } from './world.ts'

/** Switches of the brand's own consoles. */
export interface BrandWeather {
  /** Every access token issued so far has run out (42001). */
  expireTokens(): void
  /** Every access token issued so far was revoked (40014). */
  revokeTokens(): void
  openPlatformBound(on: boolean): void
  removeFromVisibleRange(userid: string): void
  addToVisibleRange(userid: string): void
  getStillListsDeleted(on: boolean): void
  /** Somebody sets something in a console; nothing named: everything is put right again. */
  console(changes?: Partial<ConsoleRecord>): void
}

/** The switches of one world. */
export function brandWeather({ world, now }: Desk): BrandWeather {
  const inRange = (userid: string, inVisibleRange: boolean) => {
    const found = staffOf(world, userid)
    if (!found) throw new Error(`no member ${userid}`)
    found.inVisibleRange = inVisibleRange
  }
  return {
    expireTokens() {
      for (const token of Object.values(world.tokens)) token.expiresAtMs = Math.min(token.expiresAtMs, now().getTime())
    },
    revokeTokens() {
      for (const token of Object.values(world.tokens)) token.revoked = true
    },
    openPlatformBound(on) {
      world.openPlatformBound = on
    },
    removeFromVisibleRange: (userid) => inRange(userid, false),
    addToVisibleRange: (userid) => inRange(userid, true),
    console(changes) {
      world.console = changes ? { ...world.console, ...changes } : {}
    },
    getStillListsDeleted(on) {
      world.listsDeleted = on
    },
  }
}
