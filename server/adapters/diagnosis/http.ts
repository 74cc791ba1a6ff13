import type { WebProbe } from '../../ports/probes.ts'

const answerLimit = 64 * 1024
const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/

/** Asks any address as the platforms do: by GET, without following redirects. Never rejects. */
export function webProbe({ timeoutMs }: { timeoutMs: number }): WebProbe {
  return {
    async get(url) {
      try {
        const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
        return { status: response.status, text: (await response.text()).slice(0, answerLimit) }
      } catch (error) {
        const why = codeOf(error)
        return { status: null, isCertificate: certificateCodes.test(why), why }
      }
    },
  }
}

/** The system's code only: a message may quote an address with its query. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no connection'
  if (error.name === 'TimeoutError') return 'timeout'
  const { code } = (error.cause ?? error) as { code?: unknown }
  return typeof code === 'string' ? code : 'no connection'
}
