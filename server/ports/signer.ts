/** Tokens that only we can make: tamper-evident, bound to one purpose, ending by the Clock. Not secret: readable by whoever holds one. */
export interface Signer {
  /** A URL-safe token around a small JSON value. */
  seal(purpose: string, value: Readonly<Record<string, unknown>>, expiresAt: Date): string
  /** The value, or null when the token was not made by us for this purpose or has ended. */
  open(purpose: string, token: string): Readonly<Record<string, unknown>> | null
}
