import { shallowRef, type ShallowRef } from 'vue'

/** One sign-in a minute at most: a broken session must not send the page round and round. */
const restMs = 60_000
/** A page that has not been left by then is not going to be. */
const leavingMs = 8_000
const lastKey = 'sidebar:signed-in-at'

export interface SignIn {
  /** True while the browser is on its way to the sign-in. */
  leaving: Readonly<ShallowRef<boolean>>
  /** True once the server has said that nobody is signed in. */
  over: Readonly<ShallowRef<boolean>>
  /** Leaves for the sign-in and back to this very page, unless that was tried within the last minute. */
  auto(): void
  /** The member asked for it: always leaves. */
  now(): void
}

interface SignInDeps {
  storage: Storage
  location: Pick<Location, 'pathname' | 'search' | 'hash' | 'assign'>
  now(): number
}

/** Signs the member in again by way of GET /api/session?return=<this page>. */
export function createSignIn({ storage, location, now }: SignInDeps): SignIn {
  const leaving = shallowRef(false)
  const over = shallowRef(false)
  function leave(): void {
    leaving.value = true
    setTimeout(() => (leaving.value = false), leavingMs)
    storage.setItem(lastKey, String(now()))
    const page = location.pathname + location.search + location.hash
    location.assign(`/api/session?return=${encodeURIComponent(page)}`)
  }
  return {
    leaving,
    over,
    auto() {
      over.value = true
      if (now() - Number(storage.getItem(lastKey) ?? 0) >= restMs) leave()
    },
    now: leave,
  }
}
