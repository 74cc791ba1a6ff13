/**
 * The key behind `whsec_<base64>`; null when it is not of that form or not of 24 to 64 bytes.
 * Source: the Standard Webhooks specification, "Signature scheme".
 */
export function webhookKey(secret: string): Buffer | null {
  const text = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1]
  if (!text) return null
  const key = Buffer.from(text, 'base64')
  const isWhole = key.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '')
  return isWhole && key.length >= 24 && key.length <= 64 ? key : null
}

/** The key that an environment variable holds, as a list of one; none, with the problem noted. */
export function secretOf(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  place: string,
  problems: string[],
): Uint8Array[] {
  const secret = env[name]?.trim()
  const key = secret ? webhookKey(secret) : null
  if (!secret) problems.push(`${name} is missing: ${place} names it`)
  else if (!key) problems.push(`${name} must be whsec_ and the base64 of 24 to 64 random bytes`)
  return key ? [key] : []
}
