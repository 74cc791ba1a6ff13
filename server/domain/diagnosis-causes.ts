import { found, type FaultName } from './diagnosis-faults.ts'
import type { Finding } from './diagnosis.ts'

/** Which of our WeChat apps an answer was about. */
export type WeChatApp = 'account' | 'mini-program' | 'shop'

/** WeCom's errcodes that say what is set up wrongly. Source: document/path/90313. */
const weComCodes: Readonly<Record<number, FaultName>> = {
  40013: 'corp-id-wrong',
  40056: 'agent-other-secret',
  48002: 'contact-api-not-enabled',
  48006: 'contact-right-withdrawn',
  48011: 'contact-activity-low',
  50001: 'trusted-domain-other',
  50003: 'agent-closed',
  60020: 'ip-not-trusted',
  301002: 'agent-other-secret',
  301007: 'company-blocked',
}

const weComTokenApi = '/cgi-bin/gettoken'
const weComPaths = /^\/cgi-bin\/(gettoken|agent|externalcontact|message|auth|department|get_jsapi_ticket|user\/(get|list|simplelist)$)/

/** What a refusal of WeCom says about the set-up; null: nothing, or not WeCom's. 40001 is a bad secret where a token is fetched. */
export function faultOfWeCom({ api, errcode }: { api: string; errcode: number }): FaultName | null {
  if (!weComPaths.test(api)) return null
  if (api === weComTokenApi && errcode === 40001) return 'agent-secret-wrong'
  return weComCodes[errcode] ?? null
}

/** The same for the apps of WeChat: there 40001 beside a token's fetching is a bad secret too. */
export function faultOfWeChat(app: WeChatApp, { errcode }: { errcode: number }): FaultName | null {
  if (errcode === 40013) return `${app}-app-id-wrong`
  if (errcode === 40001 || errcode === 40125) return `${app}-secret-wrong`
  if (errcode === 40164) return `${app}-ip-not-listed`
  if (errcode === 48001 && app !== 'mini-program') return app === 'shop' ? 'shop-no-permission' : 'account-not-verified'
  return errcode === 50002 && app === 'account' ? 'account-limited' : null
}

/** What a code of WeChat Pay says about the set-up (wechat-pay.md section 6). */
export function faultOfPay(reason: string): FaultName | null {
  if (reason === 'SIGN_ERROR') return 'pay-signature-wrong'
  if (reason === 'APPID_MCHID_NOT_MATCH') return 'pay-not-bound'
  return reason === 'NO_AUTH' ? 'pay-not-opened' : null
}

/** Problems of settings by what begins them: a variable's name, or that of a file. The first that fits names the fault. */
const problemFaults: readonly (readonly [RegExp, FaultName])[] = [
  [/^\S+ is missing/, 'setting-missing'],
  [/^\w+_CALLBACK_AES_KEY /, 'aes-key-malformed'],
  [/^\w+_CALLBACK_TOKEN /, 'callback-token-malformed'],
  [/^WXPAY_/, 'pay-setting-malformed'],
  [/^VERIFY_FILES /, 'verify-files-malformed'],
  [/^\S*notices/i, 'notices-file-broken'],
  [/^\S*retention/i, 'retention-file-broken'],
  [/^\S*sentences/i, 'sentences-file-broken'],
  [/^\S*inbound/i, 'inbound-file-broken'],
  [/^\S*outgoing/i, 'outgoing-file-broken'],
]

/** A problem or warning of the configuration as a finding: it names the variable or file first, and never a value. */
export function findingOfProblem(problem: string): Finding {
  return found(problemFaults.find(([shape]) => shape.test(problem))?.[1] ?? 'setting-malformed', problem)
}

/** What is accepted but should not stay so. */
export function findingOfWarning(warning: string): Finding {
  const variable = warning.split(' ', 1)[0] ?? ''
  return variable === 'TRUST_PROXY' ? found('trust-proxy-missing') : found('session-secret-short', variable)
}
