/** The value of the readable cookie that says which member is signed in; null: nobody is. Source: server/http/session.ts. */
export function signedInMark(cookies: string): string | null {
  return /(?:^|;\s*)(?:__Host-)?staff-mark=([^;]+)/.exec(cookies)?.[1] ?? null
}
