import { onMounted, onUnmounted, shallowRef, type ShallowRef } from 'vue'

/** The three addresses of the page, all behind `#` so that WeCom never has to sign a new one. */
export type Route = { page: 'home' } | { page: 'inbox' } | { page: 'customer'; id: string }

/** Reads `#/customer/<external_userid>`, `#/inbox`; anything else is home. */
export function routeOf(hash: string): Route {
  const [first, id] = hash.replace(/^#\/?/, '').split(/[/?]/)
  if (first === 'customer' && id) return { page: 'customer', id: decoded(id) }
  return first === 'inbox' ? { page: 'inbox' } : { page: 'home' }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a stray % in a hand-typed address
  }
}

/** The address of one customer's page. */
export function customerHash(id: string): string {
  return `#/customer/${encodeURIComponent(id)}`
}

/** The current route. */
export function useRoute(): ShallowRef<Route> {
  const route = shallowRef(routeOf(window.location.hash))
  const follow = () => (route.value = routeOf(window.location.hash))
  onMounted(() => window.addEventListener('hashchange', follow))
  onUnmounted(() => window.removeEventListener('hashchange', follow))
  return route
}
