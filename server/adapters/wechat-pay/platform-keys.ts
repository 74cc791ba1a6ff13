import { createHash, X509Certificate } from 'node:crypto'
import { z } from 'zod'
import type { PayConfig } from '../../../config/pay.ts'
import { PayRefused, TencentUnreachable } from '../../domain/errors.ts'
import { openResource } from '../../edge/pay-seal.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Leases } from '../../ports/leases.ts'
import type { Log } from '../../ports/log.ts'
import type { PlatformKeys } from '../../ports/payments.ts'
import type { TokenStore } from '../../ports/tokens.ts'
import { payClient } from './client.ts'
import { payHttp } from './http.ts'

export interface PlatformKeysDeps {
  config: PayConfig
  base: string
  /** Where the certificates rest between processes. */
  tokens: TokenStore
  leases: Leases
  holder: string
  clock: Clock
  log: Log
  timeoutMs: number
}

/** One platform certificate: its serial as WeChat Pay spells it, its public key, and the end of its life in Unix ms. */
type Known = z.output<typeof known>

const known = z.object({ serial: z.string(), pem: z.string(), until: z.number() })
const list = z.array(known)
const answer = z.object({
  data: z.array(
    z.object({
      serial_no: z.string().min(1),
      encrypt_certificate: z.object({
        ciphertext: z.string(),
        nonce: z.string(),
        associated_data: z.string().default(''),
      }),
    }),
  ),
})

/** WeChat Pay asks for less than 12 h; a new certificate is listed 24 h before it is used (wechat-pay.md section 2). */
const freshMs = 10 * 3600_000
const afterFailureMs = 5 * 60_000
const leaseMs = 60_000
/** A merchant that has the public key only: an answer, no outage. */
const noCertificate = 'RESOURCE_NOT_EXISTS'

/**
 * Public key and platform certificates side by side, since during a change of keys notifications come under either.
 * Only what is known by now counts: a serial that nobody knows never makes us ask. The certificates' dates are read
 * from the certificates; one that does not decrypt under our APIv3 key is never trusted.
 */
export function platformKeys(deps: PlatformKeysDeps): PlatformKeys {
  const { config, base, tokens, leases, holder, clock, log, timeoutMs } = deps
  const place = createHash('sha256').update(`${base} ${config.merchantId}`).digest('hex').slice(0, 32)
  const name = `wechat-pay-certificates:${place}`
  let certificates: readonly Known[] = []
  let failedAt: number | null = null

  function find(serial: string): string | null {
    if (config.publicKey?.id === serial) return config.publicKey.pem
    return pemOf(certificates, serial, clock.now())
  }

  /** Through the library; what it would decrypt without looking at the tag, we open ourselves before it sees it. */
  async function fetchAll(): Promise<readonly Known[]> {
    let opened: readonly Known[] = []
    const keyFor = (serial: string, data: unknown) =>
      find(serial) ?? pemOf(openAll(data, config.apiV3Key), serial, clock.now())
    const http = payHttp({ base, publicKeyId: config.publicKey?.id ?? null, keyFor, now: () => clock.now(), timeoutMs })
    const client = payClient(config, {
      ...http,
      async get(url, headers) {
        const got = await http.get(url, headers)
        opened = openAll(got.data, config.apiV3Key)
        return got
      },
    })
    await client.get_certificates(config.apiV3Key)
    return opened
  }

  async function fetchOrKeep(): Promise<void> {
    try {
      certificates = await fetchAll()
    } catch (error) {
      if (!(error instanceof PayRefused) || error.reason !== noCertificate) throw error
      certificates = []
      if (config.publicKey === null)
        log.error({ api: error.api }, 'the merchant has no platform certificate: set WXPAY_PUBLIC_KEY')
    }
    failedAt = null
    const useUntil = new Date(clock.now().getTime() + freshMs)
    await tokens.put(name, { kind: 'token', token: JSON.stringify(certificates), useUntil })
  }

  return {
    find,
    async refresh() {
      const now = clock.now()
      const kept = await tokens.get(name)
      if (kept?.kind === 'token') certificates = list.parse(JSON.parse(kept.token))
      if (kept?.kind === 'token' && kept.useUntil > now) return
      if (failedAt !== null && now.getTime() - failedAt < afterFailureMs) return
      if (!(await leases.hold(name, holder, leaseMs))) return
      try {
        await fetchOrKeep()
      } catch (error) {
        if (!(error instanceof PayRefused) && !(error instanceof TencentUnreachable)) throw error
        failedAt = now.getTime()
        log.warn({ api: error.api, code: error.code }, 'platform certificates not fetched; the known ones stay')
      } finally {
        await leases.release(name, holder)
      }
    },
  }
}

function pemOf(certificates: readonly Known[], serial: string, now: Date): string | null {
  const wanted = serial.toUpperCase()
  return certificates.find((one) => one.serial.toUpperCase() === wanted && one.until > now.getTime())?.pem ?? null
}

/** Every certificate of the answer, opened and checked. @throws TencentUnreachable when one is not what it should be */
function openAll(data: unknown, apiV3Key: string): readonly Known[] {
  const parsed = answer.safeParse(data)
  if (!parsed.success)
    throw new TencentUnreachable('/v3/certificates', { cause: new Error('answer without the promised shape') })
  return parsed.data.data.map(({ serial_no: serial, encrypt_certificate: sealed }) => {
    try {
      const { ciphertext, nonce, associated_data: associatedData } = sealed
      const certificate = new X509Certificate(openResource({ ciphertext, nonce, associatedData }, apiV3Key))
      if (certificate.serialNumber.toUpperCase() !== serial.toUpperCase()) throw new Error('another serial inside')
      const pem = certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString()
      return { serial, pem, until: Date.parse(certificate.validTo) }
    } catch {
      throw new TencentUnreachable('/v3/certificates', {
        cause: new Error('a certificate does not open under WXPAY_API_V3_KEY'),
      })
    }
  })
}
