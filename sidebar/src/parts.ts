import { inject, type InjectionKey } from 'vue'
import type { Api } from './api.ts'
import { deviceStorage } from './device-storage.ts'
import type { Early } from './early.ts'
import { createLive, type Live } from './live.ts'
import { createPageClock, type PageClock } from './page-clock.ts'
import { createQueue, type Queue } from './queue.ts'
import { createShelf, type Shelf } from './shelf.ts'
import { createSignIn, type SignIn } from './sign-in.ts'
import { signedInMark } from './signed-in-mark.ts'
import { createSnack, type Snack } from './snack.ts'
import type { WeCom } from './wecom.ts'

/** Everything outside the page that the pages talk to. */
export interface Parts {
  api: Api
  signIn: SignIn
  queue: Queue
  shelf: Shelf
  live: Live
  weCom: WeCom
  clock: PageClock
  snack: Snack
}

/** Where components find the parts. */
export const partsKey: InjectionKey<Parts> = Symbol('parts')

/** The parts, for a composable. @throws when the app was mounted without them */
export function useParts(): Parts {
  const parts = inject(partsKey)
  if (!parts) throw new Error('the app was mounted without its parts')
  return parts
}

/** Ties the parts to this browser, those that have begun already too. Called once, by main.ts. */
export function createParts({ api, weCom, whenSignedOut }: Early): Parts {
  const kept = deviceStorage(() => window.localStorage)
  const now = Date.now
  const signIn = createSignIn({ storage: deviceStorage(() => window.sessionStorage), location: window.location, now })
  const shelf = createShelf(kept, now, () => signedInMark(document.cookie))
  whenSignedOut(() => {
    shelf.lock()
    signIn.auto()
  })
  return {
    api,
    signIn,
    queue: createQueue({ storage: kept, api, now }),
    shelf,
    live: createLive({ connect: () => new EventSource('/api/live') }),
    weCom,
    clock: createPageClock(now),
    snack: createSnack(),
  }
}
