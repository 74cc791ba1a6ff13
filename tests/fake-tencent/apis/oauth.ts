import { Refusal, type Desk } from '../api.ts'
import { nextId, type CodeRecord } from '../world.ts'

const codeValidMs = 5 * 60_000

/** A single-use code that lives five minutes. */
export function giveCode(desk: Desk, code: Pick<CodeRecord, 'kind' | 'actor' | 'scope' | 'phone'>): string {
  const text = nextId(desk.world, 'code')
  desk.world.codes[text] = { ...code, expiresAtMs: desk.now().getTime() + codeValidMs, used: false }
  return text
}

/** Takes a code, once. @throws Refusal with the platform's own errcode for each way it can be wrong */
export function useCode(
  desk: Desk,
  kind: CodeRecord['kind'],
  text: string,
  errcodes: { unknown: number; used: number; expired: number },
): CodeRecord {
  const code = desk.world.codes[text]
  if (!code || code.kind !== kind) throw new Refusal(errcodes.unknown, 'invalid code')
  if (code.used) throw new Refusal(errcodes.used, 'code been used')
  if (code.expiresAtMs < desk.now().getTime()) throw new Refusal(errcodes.expired, 'code expired')
  code.used = true
  return code
}
