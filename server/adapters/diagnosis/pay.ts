import { randomBytes, X509Certificate } from 'node:crypto'
import { z } from 'zod'
import type { PayConfig } from '../../../config/pay.ts'
import { PayRefused, TencentUnreachable } from '../../domain/errors.ts'
import { openResource } from '../../edge/pay-seal.ts'
import type { Clock } from '../../ports/clock.ts'
import type { PayKeysState, PayProbe } from '../../ports/probes.ts'
import { payClient } from '../wechat-pay/client.ts'
import { payHttp } from '../wechat-pay/http.ts'

export interface PayProbeDeps {
  config: PayConfig
  base: string
  publicUrl: string
  clock: Clock
  timeoutMs: number
}

const certificateAnswer = z.object({
  data: z.array(
    z.object({ encrypt_certificate: z.object({ ciphertext: z.string(), nonce: z.string(), associated_data: z.string().default('') }) }),
  ),
})

const noCertificate = 'RESOURCE_NOT_EXISTS'
/** Fits the form of an openid and is nobody's. */
const nobody = 'oooooooooooooooooooooooooooo'

/** Our merchant as WeChat Pay sees it: whose signature it takes, and whether ours opens and checks what it answers. */
export function payProbe({ config, base, publicUrl, clock, timeoutMs }: PayProbeDeps): PayProbe {
  /** What the answers of one question were signed under, and what they held. */
  function listening() {
    const seen: { serials: string[]; opens: boolean | null } = { serials: [], opens: null }
    const keyFor = (serial: string, data: unknown) => {
      seen.serials.push(serial)
      const pems = pemsIn(data, config.apiV3Key)
      if (pems !== null) seen.opens = pems.length > 0
      return serial === config.publicKey?.id ? config.publicKey.pem : (pems?.find((one) => one.serial.toUpperCase() === serial.toUpperCase())?.pem ?? null)
    }
    const http = payHttp({ base, publicKeyId: config.publicKey?.id ?? null, keyFor, now: () => clock.now(), timeoutMs })
    return { seen, client: payClient(config, http) }
  }

  async function askCertificates(): Promise<PayKeysState | null> {
    const { seen, client } = listening()
    try {
      await client.get_certificates(config.apiV3Key)
    } catch (error) {
      if (error instanceof PayRefused && error.reason === noCertificate) return config.publicKey ? null : 'none'
      if (error instanceof PayRefused || seen.serials.length === 0) throw error
      if (seen.opens === false) return 'wrong-api-v3-key'
      if (error instanceof TencentUnreachable) return isOurs(seen.serials) ? 'wrong-public-key' : 'wrong-public-key-id'
      return 'wrong-api-v3-key' // the library could not read what it opened
    }
    if (seen.opens === false) return 'wrong-api-v3-key'
    return config.publicKey && !isOurs(seen.serials) ? 'wrong-public-key-id' : 'good'
  }

  const isOurs = (serials: readonly string[]) => serials.some((serial) => serial === config.publicKey?.id)

  return {
    /** A merchant with the public key only has no list of certificates, and so no signed answer to look at. */
    keys: async () => (await askCertificates()) ?? 'good',
    /**
     * Unverified: that WeChat Pay looks at the binding before the payer. Where it looks at the payer first, a missing
     * binding is not seen; nothing worse can happen, since nobody can pay.
     */
    async binding() {
      await listening().client.transactions_jsapi({
        description: '连接检查',
        out_trade_no: `check${randomBytes(12).toString('hex')}`,
        notify_url: `${publicUrl}/webhooks/wechat-pay/${config.merchantId}`,
        amount: { total: 1, currency: 'CNY' },
        payer: { openid: nobody },
      })
    },
  }
}

/** null: the answer is no list of certificates. Empty: it is one, and our key opens nothing in it. */
function pemsIn(data: unknown, apiV3Key: string): readonly { serial: string; pem: string }[] | null {
  const { data: read } = certificateAnswer.safeParse(data)
  if (!read) return null
  return read.data.flatMap(({ encrypt_certificate: { ciphertext, nonce, associated_data: associatedData } }) => {
    try {
      const certificate = new X509Certificate(openResource({ ciphertext, nonce, associatedData }, apiV3Key))
      return [{ serial: certificate.serialNumber, pem: certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString() }]
    } catch {
      return [] // another key sealed it: the caller counts
    }
  })
}
