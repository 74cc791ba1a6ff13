/** The addresses of the page, all behind `#` so that WeCom never has to sign a new one. */
export type Route = { page: 'home' } | { page: 'inbox' } | { page: 'operator' } | { page: 'customer'; id: string; alert: string | null }

/** Reads `#/customer/<external_userid>?alert=<key>`, `#/inbox`, `#/operator`; anything else is home. */
export function routeOf(hash: string): Route {
  const [first, id] = hash.replace(/^#\/?/, '').split(/[/?]/)
  const alert = /[?&]alert=([^&]+)/.exec(hash)?.[1]
  if (first === 'customer' && id) return { page: 'customer', id: decoded(id), alert: alert ? decoded(alert) : null }
  if (first === 'operator') return { page: 'operator' }
  return first === 'inbox' ? { page: 'inbox' } : { page: 'home' }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a stray % in a hand-typed address
  }
}

/** The address of one customer's page, with this alert on the card. */
export function customerHash(id: string, alert: string | null): string {
  const card = alert === null ? '' : `?alert=${encodeURIComponent(alert)}`
  return `#/customer/${encodeURIComponent(id)}${card}`
}
