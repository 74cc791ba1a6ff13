import { found } from '../../domain/diagnosis-faults.ts'
import type { CheckName, Finding } from '../../domain/diagnosis.ts'
import type { WebAnswer, WebProbe } from '../../ports/probes.ts'
import type { Examiner } from '../diagnose.ts'

/** What the console of a channel would ask, and what it takes for a yes. */
export interface UrlCheck {
  channel: string
  pathAndQuery: string
  expects: string
}

export interface ExamineWebDeps {
  web: WebProbe
  publicUrl: string
  /** True: nothing but this machine is involved, stand-ins included. */
  isLocalTrial: boolean
  newNonce: () => string
  /** What only a server with our settings answers. */
  prove: (nonce: string) => string
  verifyFiles: ReadonlyMap<string, string>
  urlChecks: () => readonly UrlCheck[]
  /** Variable and address of each system that had our callbacks before. */
  forwards: readonly (readonly [variable: string, url: string])[]
}

/** The public address as Tencent meets it, and the systems that we pass callbacks on to. */
export function examineWeb(deps: ExamineWebDeps) {
  const { web, publicUrl } = deps

  async function publicAnswer(): Promise<readonly Finding[]> {
    const nonce = deps.newNonce()
    const answer = await web.get(`${publicUrl}/healthz?proof=${nonce}`)
    if (answer.status === null) return [found(answer.isCertificate ? 'public-url-certificate' : 'public-url-unreachable', whyOf(publicUrl, answer))]
    const { status, proof } = healthIn(answer.text)
    if (answer.status !== 200 || status !== 'ok') return [found('public-url-other', `HTTP ${answer.status}`)]
    return proof === deps.prove(nonce) ? [] : [found('public-url-other-settings')]
  }

  async function verifyFile([name, content]: readonly [string, string]): Promise<readonly Finding[]> {
    const answer = await web.get(`${publicUrl}/${name}`)
    return answer.status === 200 && answer.text === content ? [] : [found('verify-file-not-served', name)]
  }

  async function callbackUrl({ channel, pathAndQuery, expects }: UrlCheck): Promise<readonly Finding[]> {
    const answer = await web.get(`${publicUrl}${pathAndQuery}`)
    return answer.status === 200 && answer.text === expects ? [] : [found('callback-url-fails', channel)]
  }

  async function forward([variable, url]: readonly [string, string]): Promise<readonly Finding[]> {
    const answer = await web.get(url)
    return isAway(answer) ? [found('forward-unreachable', `${variable}, ${whyOf(url, answer)}`)] : []
  }

  return {
    'public-address': async () => (publicUrl.startsWith('https:') || deps.isLocalTrial ? [] : [found('public-url-not-https')]),
    'public-url': publicAnswer,
    'verify-files': async () => (await Promise.all([...deps.verifyFiles].map(verifyFile))).flat(),
    'callback-urls': async () => (await Promise.all(deps.urlChecks().map(callbackUrl))).flat(),
    forwards: async () => (await Promise.all(deps.forwards.map(forward))).flat(),
  } satisfies Partial<Record<CheckName, Examiner>>
}

/** crm.example.com: ENOTFOUND. An address may hold secrets beside its host. */
function whyOf(url: string, answer: WebAnswer): string {
  return `${new URL(url).host}: ${answer.status === null ? answer.why : `HTTP ${answer.status}`}`
}

/** Whatever it says to a question of ours, it is there; what a proxy says in its place is not it. */
function isAway({ status }: WebAnswer): boolean {
  return status === null || [502, 503, 504].includes(status)
}

function healthIn(text: string): { status?: unknown; proof?: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {} // somebody else's page
  }
}
