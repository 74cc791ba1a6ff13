import { ConfigInvalid } from '../server/domain/errors.ts'
import { staffId, type AppId, type StaffId } from '../server/domain/ids.ts'
import type { NoticeBook } from '../server/domain/notice.ts'
import type { OpeningHours } from '../server/domain/opening-hours.ts'
import type { OwnerRule } from '../server/domain/person.ts'
import type { RetentionDays } from '../server/domain/retention.ts'
import type { RateLimitTable } from '../server/domain/rate-limit.ts'
import { problemsOf, type Problems } from './checks.ts'
import { forwardConfig, type ForwardConfig } from './forward.ts'
import { noticeConfig } from './notices.ts'
import { basesFrom, type TencentBases } from './tencent-bases.ts'
import { payConfig, type PayConfig } from './pay.ts'
import { retentionConfig } from './retention.ts'
import { loadInbound, type InboundSource } from './inbound-file.ts'
import { posterFont } from './poster.ts'
import { rateLimits, trustProxy } from './rate-limits.ts'
import { loadOutgoing, type OutgoingReceiver } from './outgoing-file.ts'
import { verifyFiles } from './verify-files.ts'

/** What one callback needs: how to check a signature and how to decrypt. */
export interface CallbackKeys {
  token: string
  /** 43 letters or digits; 32 bytes once decoded. */
  aesKey: string
}

export interface WeComConfig {
  corpId: string
  agentId: number
  agentSecret: string
  /** Secret for externalcontact calls; the agent's own unless the brand has a separate one. */
  contactSecret: string
  callback: CallbackKeys
}

export type CallbackMode = 'secure' | 'compatible' | 'plain'

export interface OfficialAccountConfig {
  appId: AppId
  appSecret: string
  callback: CallbackKeys
  mode: CallbackMode
  /** Cards whose code is the brand's member number, by card_id; absent: none. */
  memberCards?: readonly string[]
}

export interface ShopConfig {
  appId: AppId
  appSecret: string
  callback: CallbackKeys
}

export interface MiniProgramConfig {
  appId: AppId
  appSecret: string
  /** null: no message push configured, its callback route answers 404. */
  callback: CallbackKeys | null
  /** Whether answers to the shop's real-time questions are sealed. UNCONFIRMED which of the two Tencent expects. */
  encryptsAnswers: boolean
  /** Page of the card that a member sends from the sidebar, as WeCom wants it (ends in .html); null: no card. */
  cardPage?: string | null
}

export interface Config {
  port: number
  /** An origin: where everything of ours is reached, without a path of its own. */
  publicUrl: string
  dataDir: string
  mongodbUri: string | null
  sessionSecret: string
  /** Keys the hashes of phone and member numbers. Another secret makes strangers of everybody known by them. */
  identitySecret: string
  /** Whoever reads `/metrics` bears it; null: only hosts of private networks may, and none through a proxy. */
  metricsToken: string | null
  /** How long a stopping process still serves, with `/readyz` saying that it goes. */
  drainMs: number
  hours: OpeningHours
  mergeMinutes: number
  /** Days after which whoever left the Official Account is forgotten by it; until then a return keeps everything. */
  unfollowEraseDays: number
  /** Log files and archives that a proof of erasure searches too. */
  privacyPaths: readonly string[]
  ownerRule: OwnerRule
  operators: readonly StaffId[]
  managers: readonly StaffId[]
  replaySecret: string | null
  /** Origins, PUBLIC_URL's first. */
  allowedOrigins: readonly string[]
  /** How many proxies of ours may be believed about addresses; null: not said, behind https. */
  trustProxy: number | null
  rateLimits: RateLimitTable
  weCom: WeComConfig
  officialAccount: OfficialAccountConfig | null
  shop: ShopConfig | null
  miniProgram: MiniProgramConfig | null
  pay: PayConfig | null
  /** What customers are told, and where consent comes first. */
  notices: NoticeBook
  /** How long each kind of data is kept. */
  retention: RetentionDays
  /** Other systems that may report to `/webhooks/inbound/…`. */
  inbound: readonly InboundSource[]
  /** Other systems of the brand that hear our news. */
  outgoing: readonly OutgoingReceiver[]
  forward: ForwardConfig
  /** Files by which consoles see that the domain is ours: name -> content. */
  verifyFiles: ReadonlyMap<string, string>
  /** The brand's own font for posters; null: Noto Sans SC alone. */
  posterFont: string | null
  bases: TencentBases
  /** What is accepted but should not stay so; never with a value. */
  warnings: readonly string[]
}

/**
 * Environment -> Config, once, every problem at once.
 * @throws ConfigInvalid naming each variable and the rule it breaks; never its value
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const check = problemsOf(env)
  const publicUrl = check.origin('PUBLIC_URL')
  const sessionSecret = check.secret('SESSION_SECRET', 1)
  for (const name of ['SESSION_SECRET', 'REPLAY_SECRET']) check.guessable(name)
  const retention = retentionConfig(check)
  const config: Config = {
    port: check.integer('PORT', 3000, 0, 65535),
    publicUrl,
    dataDir: check.text('DATA_DIR', './data'),
    mongodbUri: check.mongoUri('MONGODB_URI'),
    sessionSecret,
    metricsToken: check.optionalSecret('METRICS_TOKEN', 16),
    drainMs: check.integer('DRAIN_SECONDS', 0, 0, 60) * 1000,
    identitySecret: check.optionalSecret('IDENTITY_SECRET', 16) ?? sessionSecret,
    hours: check.openingHours('OPENING_HOURS', '09:00-21:00', check.timeZone('TZ_STORE', 'Asia/Shanghai')),
    mergeMinutes: check.integer('ALERT_MERGE_MINUTES', 10, 0, 24 * 60),
    unfollowEraseDays: check.integer('UNFOLLOW_ERASE_DAYS', 7, 0, 365),
    privacyPaths: check.list('PRIVACY_PATHS'),
    ownerRule: check.oneOf('OWNER_RULE', ['newest', 'oldest'] as const, 'newest'),
    operators: check.list('OPERATORS').map(staffId),
    managers: check.list('MANAGERS').map(staffId),
    replaySecret: replaySecretIn(env),
    allowedOrigins: allowedOrigins(check, publicUrl),
    trustProxy: trustProxy(check, publicUrl),
    rateLimits: rateLimits(check),
    weCom: weCom(check),
    officialAccount: officialAccount(check),
    shop: shop(check),
    miniProgram: miniProgram(check),
    pay: payConfig(check),
    notices: noticeConfig(check, { page: `${publicUrl}/me`, days: retention.strangers }),
    retention,
    inbound: check.file('INBOUND_FILE', 'config/inbound.json', (path) => loadInbound(path, env)) ?? [],
    outgoing: check.file('OUTGOING_WEBHOOKS_FILE', 'config/outgoing.json', (path) => loadOutgoing(path, env)) ?? [],
    forward: forwardConfig(check, publicUrl),
    verifyFiles: verifyFiles(check),
    posterFont: posterFont(check),
    warnings: check.warnings,
    bases: basesFrom(check),
  }
  if (check.problems.length > 0) throw new ConfigInvalid(check.problems)
  return config
}

/** REPLAY_SECRET, which the replay needs without all the rest. */
export function replaySecretIn(env: Readonly<Record<string, string | undefined>>): string | null {
  return problemsOf(env).optionalSecret('REPLAY_SECRET', 1)
}

function allowedOrigins(check: Problems, publicUrl: string): string[] {
  const own = publicUrl ? [publicUrl] : []
  return [...new Set([...own, ...check.origins('ALLOWED_ORIGINS')])]
}

function weCom(check: Problems): WeComConfig {
  const agentSecret = check.secret('WECOM_AGENT_SECRET', 1)
  return {
    corpId: check.required('WECOM_CORP_ID', /^[A-Za-z0-9_-]{3,64}$/, 'the corpid from 我的企业, such as ww0123456789abcdef'),
    agentId: check.requiredInteger('WECOM_AGENT_ID'),
    agentSecret,
    contactSecret: check.optionalSecret('WECOM_CONTACT_SECRET', 1) ?? agentSecret,
    callback: callbackKeys(check, 'WECOM'),
  }
}

function officialAccount(check: Problems): OfficialAccountConfig | null {
  const names = ['OA_APP_ID', 'OA_APP_SECRET', 'OA_CALLBACK_TOKEN', 'OA_CALLBACK_AES_KEY']
  if (!check.group(names, ['OA_CALLBACK_MODE', 'OA_MEMBER_CARDS'])) return null
  const mode = check.oneOf('OA_CALLBACK_MODE', ['secure', 'compatible', 'plain'] as const, 'secure')
  return {
    appId: appId(check, 'OA_APP_ID'),
    appSecret: check.secret('OA_APP_SECRET', 1),
    callback: callbackKeys(check, 'OA'),
    mode,
    memberCards: check.listOf('OA_MEMBER_CARDS', /^[\w-]{1,64}$/, 'card_ids, comma-separated'),
  }
}

function shop(check: Problems): ShopConfig | null {
  const names = ['SHOP_APP_ID', 'SHOP_APP_SECRET', 'SHOP_CALLBACK_TOKEN', 'SHOP_CALLBACK_AES_KEY']
  if (!check.group(names)) return null
  return {
    appId: appId(check, 'SHOP_APP_ID'),
    appSecret: check.secret('SHOP_APP_SECRET', 1),
    callback: callbackKeys(check, 'SHOP'),
  }
}

function miniProgram(check: Problems): MiniProgramConfig | null {
  const callbackNames = ['MINIPROGRAM_CALLBACK_TOKEN', 'MINIPROGRAM_CALLBACK_AES_KEY']
  if (!check.group(['MINIPROGRAM_APP_ID', 'MINIPROGRAM_APP_SECRET'], [...callbackNames, 'MINIPROGRAM_ANSWER_ENCRYPTED', 'MINIPROGRAM_CARD_PAGE'])) return null
  return {
    appId: appId(check, 'MINIPROGRAM_APP_ID'),
    appSecret: check.secret('MINIPROGRAM_APP_SECRET', 1),
    callback: check.group(callbackNames) ? callbackKeys(check, 'MINIPROGRAM') : null,
    encryptsAnswers: check.oneOf('MINIPROGRAM_ANSWER_ENCRYPTED', ['true', 'false'] as const, 'false') === 'true',
    cardPage: check.listOf('MINIPROGRAM_CARD_PAGE', /^[\w/-]{1,200}\.html(\?[\w=&%-]{0,200})?$/, 'a page of the mini-program that ends in .html, such as pages/home/home.html')[0] ?? null,
  }
}

function appId(check: Problems, name: string): AppId {
  return check.required(name, /^[A-Za-z0-9_-]{3,64}$/, 'an appid such as wx0123456789abcdef') as AppId
}

function callbackKeys(check: Problems, prefix: string): CallbackKeys {
  return {
    token: check.required(`${prefix}_CALLBACK_TOKEN`, /^[A-Za-z0-9]{1,32}$/, '1 to 32 letters or digits'),
    aesKey: check.required(`${prefix}_CALLBACK_AES_KEY`, /^[A-Za-z0-9]{43}$/, '43 letters or digits'),
  }
}
