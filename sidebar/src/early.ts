import { createApi, type Api } from './api.ts'
import { routeOf } from './route.ts'
import { createWeCom, isSdkEcho, type WeCom } from './wecom.ts'

/** What is at work before the app is. */
export interface Early {
  api: Api
  weCom: WeCom
  /** Called when a question finds the session over; the app says what then happens. */
  whenSignedOut(act: () => void): void
}

/** WeCom signs the address: what sign-in left in it (code, state) goes before the SDK sees it. */
function tidyAddress(): void {
  const address = new URL(window.location.href)
  if (!address.searchParams.has('code') && !address.searchParams.has('state')) return
  address.searchParams.delete('code')
  address.searchParams.delete('state')
  window.history.replaceState(window.history.state, '', address)
}

/**
 * Asks what every page needs while the rest of it is still being fetched: who is signed in, the page's signature, what the
 * address names, and of WeCom where we are. The app is handed these answers when it asks the same.
 */
function beginEarly(): Early {
  let signedOut = () => {}
  const online = () => navigator.onLine
  const { api, ahead } = createApi({ fetch: window.fetch.bind(window), online, onSignedOut: () => signedOut() })
  const weCom = createWeCom({ sign: api.signature, navigator })
  if (weCom.house === 'wecom') void askAhead(ahead, weCom)
  return { api, weCom, whenSignedOut: (act) => (signedOut = act) }
}

async function askAhead(ahead: Api, weCom: WeCom): Promise<void> {
  const session = ahead.session()
  void ahead.signature({ kind: 'agent', url: window.location.href.replace(/#.*/s, '') })
  const route = routeOf(window.location.hash)
  if (route.page === 'customer') void ahead.customer(route.id)
  if (route.page === 'inbox') void ahead.inbox('open', 'mine')
  const answer = await session
  if (answer.ok) weCom.findPlaceAhead(answer.value.weCom)
}

tidyAddress()
window.addEventListener('unhandledrejection', (event) => {
  if (isSdkEcho(event.reason)) event.preventDefault()
})

/** Begun when the browser has this file: index.html names it before the app's own. */
export const early: Early = beginEarly()
