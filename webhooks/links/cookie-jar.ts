import type { Context } from 'koa'

/** How long a cookie stays, and below which of our paths. */
export interface CookieRule {
  path: string
  maxAgeMs: number
}

/** Cookies of the reader: HttpOnly, SameSite=Lax, Secure when our public address is https. */
export function cookieJar(publicUrl: string) {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : ''

  /** Behind a proxy that ends TLS our own connection is plain, so `Secure` follows the public address. */
  function write(ctx: Context, name: string, value: string, { path, maxAgeMs }: CookieRule): void {
    const age = Math.round(maxAgeMs / 1000)
    ctx.append('Set-Cookie', `${name}=${value}; Max-Age=${age}; Path=${path}; HttpOnly; SameSite=Lax${secure}`)
  }

  return {
    write,
    read: (ctx: Context, name: string): string | undefined => ctx.cookies.get(name),
    clear: (ctx: Context, name: string, path: string): void => write(ctx, name, '', { path, maxAgeMs: 0 }),
  }
}
