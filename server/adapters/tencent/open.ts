import { randomUUID } from 'node:crypto'
import type { Config, OfficialAccountConfig, ShopConfig, WeComConfig } from '../../../config/load.ts'
import type { PayConfig } from '../../../config/pay.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ContactCodeMaker } from '../../ports/contact-codes.ts'
import type { ContactDirectory } from '../../ports/contacts.ts'
import type { CorpTagDirectory, CustomerTags } from '../../ports/corp-tags.ts'
import type { FollowerList } from '../../ports/followers.ts'
import type { AccountOAuth, AccountUsers, MiniProgramLogin, MiniProgramPhones } from '../../ports/identities.ts'
import type { GroupChats } from '../../ports/group-chats.ts'
import type { Leases } from '../../ports/leases.ts'
import type { Log } from '../../ports/log.ts'
import type { CompanyDirectory } from '../../ports/members.ts'
import type { PaymentGateway, PlatformKeys } from '../../ports/payments.ts'
import type { Messenger } from '../../ports/messenger.ts'
import type { Shop } from '../../ports/shop.ts'
import type { AccountPageSignatures, PageSignatures, StaffSignIn } from '../../ports/staff.ts'
import type { TokenStore } from '../../ports/tokens.ts'
import { miniProgramLogin } from '../mini-program/login.ts'
import { miniProgramPhones } from '../mini-program/phones.ts'
import { accountFollowers } from '../official-account/followers.ts'
import { accountOAuth } from '../official-account/oauth.ts'
import { accountPageSignatures } from '../official-account/page-signatures.ts'
import { accountUsers } from '../official-account/users.ts'
import { weChatShop } from '../wechat-shop/shop.ts'
import { payGateway } from '../wechat-pay/gateway.ts'
import { platformKeys } from '../wechat-pay/platform-keys.ts'
import { weComApi } from '../wecom/api.ts'
import { weComContactCodes } from '../wecom/contact-codes.ts'
import { weComContacts } from '../wecom/contacts.ts'
import { weComCorpTags, weComCustomerTags } from '../wecom/corp-tags.ts'
import { weComDirectory } from '../wecom/directory.ts'
import { weComGroupChats } from '../wecom/group-chats.ts'
import { weComMessenger } from '../wecom/messenger.ts'
import { weComPageSignatures } from '../wecom/page-signatures.ts'
import { weComSignIn } from '../wecom/sign-in.ts'
import { tencentHttp, type TencentHttp } from './http.ts'
import { meteredHttp, meteredPay, type NoteCall } from './metered.ts'
import { stableTokenApi, type AppSecret } from './stable-token.ts'
import { ticketKeeper } from './tickets.ts'
import { keeperName, type KeeperDeps } from './token-keeper.ts'

/** Every port that Tencent stands behind; null where the brand has not configured that account. */
export interface Tencent {
  directory: ContactDirectory
  messenger: Messenger
  signIn: StaffSignIn
  pageSignatures: PageSignatures
  companyDirectory: CompanyDirectory
  corpTagDirectory: CorpTagDirectory
  contactCodeMaker: ContactCodeMaker
  customerTags: CustomerTags
  groupChats: GroupChats
  accountUsers: AccountUsers | null
  followerList: FollowerList | null
  accountOAuth: AccountOAuth | null
  accountPageSignatures: AccountPageSignatures | null
  miniProgramLogin: MiniProgramLogin | null
  miniProgramPhones: MiniProgramPhones | null
  paymentGateway: PaymentGateway | null
  platformKeys: PlatformKeys | null
  shop: Shop | null
}

export interface TencentDeps {
  config: Pick<Config, 'publicUrl' | 'hours' | 'weCom' | 'officialAccount' | 'shop' | 'miniProgram' | 'pay' | 'bases'>
  clock: Clock
  tokens: TokenStore
  leases: Leases
  log: Log
  /** Hears of every call when it has ended. */
  noteCall?: NoteCall
  /** Milliseconds per call; 5000 unless told. */
  timeoutMs?: number
}

type Wires = KeeperDeps & { http: TencentHttp; config: TencentDeps['config']; noteCall: NoteCall }

/** All adapters to Tencent, sharing one keeper per secret. Nothing is called before the first use. */
export function openTencent(deps: TencentDeps): Tencent {
  const { config, clock, tokens, leases, log, noteCall = () => undefined, timeoutMs = 5000 } = deps
  const wires: Wires = { config, clock, tokens, leases, log, holder: randomUUID(), noteCall, http: meteredHttp(tencentHttp({ timeoutMs }), noteCall) }
  const { officialAccount, shop, miniProgram, bases } = config
  return {
    ...openWeCom(wires, config.weCom),
    ...openAccount(wires, officialAccount),
    ...openPay(wires, config.pay, timeoutMs),
    miniProgramLogin: miniProgram && miniProgramLogin({ http: wires.http, base: bases.weChatApi, ...miniProgram }),
    miniProgramPhones: miniProgram && openPhones(wires, miniProgram),
    shop: shop && openShop(wires, shop),
  }
}

function openPhones(wires: Wires, app: AppSecret): MiniProgramPhones {
  const api = stableTokenApi({ ...wires, base: wires.config.bases.weChatApi }, app)
  return miniProgramPhones({ api, appId: app.appId })
}

function openShop(wires: Wires, shop: ShopConfig): Shop {
  const { bases, weCom } = wires.config
  const api = stableTokenApi({ ...wires, base: bases.weChatApi }, shop)
  return weChatShop({ api, appId: shop.appId, corpId: weCom.corpId })
}

function openWeCom(
  wires: Wires,
  weCom: WeComConfig,
): Pick<Tencent, 'contactCodeMaker' | 'directory' | 'companyDirectory' | 'corpTagDirectory' | 'customerTags' | 'groupChats' | 'messenger' | 'signIn' | 'pageSignatures'> {
  const { corpId, agentId, agentSecret, contactSecret } = weCom
  const { bases, publicUrl, hours } = wires.config
  const base = bases.weComApi
  const api = weComApi({ ...wires, base }, { corpId, secret: agentSecret })
  const contactApi =
    contactSecret === agentSecret ? api : weComApi({ ...wires, base }, { corpId, secret: contactSecret })
  const ticket = (kind: string, path: string, query: Readonly<Record<string, string>>) =>
    ticketKeeper(wires, { name: keeperName(kind, base, corpId, agentSecret), api: path, query, through: api })
  return {
    directory: weComContacts({ api: contactApi }),
    companyDirectory: weComDirectory({ api }),
    corpTagDirectory: weComCorpTags({ api: contactApi }),
    contactCodeMaker: weComContactCodes({ api: contactApi }),
    customerTags: weComCustomerTags({ api: contactApi }),
    groupChats: weComGroupChats({ api: contactApi }),
    messenger: weComMessenger({ api, agentId, publicUrl, timeZone: hours.timeZone }),
    signIn: weComSignIn({ api, corpId, agentId, bases }),
    pageSignatures: weComPageSignatures({
      clock: wires.clock,
      corpTicket: ticket('wecom-corp-ticket', '/cgi-bin/get_jsapi_ticket', {}),
      agentTicket: ticket('wecom-agent-ticket', '/cgi-bin/ticket/get', { type: 'agent_config' }),
    }),
  }
}

function openAccount(
  wires: Wires,
  account: OfficialAccountConfig | null,
): Pick<Tencent, 'accountUsers' | 'followerList' | 'accountOAuth' | 'accountPageSignatures'> {
  if (account === null) return { accountUsers: null, followerList: null, accountOAuth: null, accountPageSignatures: null }
  const { appId, appSecret } = account
  const { bases } = wires.config
  const api = stableTokenApi({ ...wires, base: bases.weChatApi }, account)
  const ticket = ticketKeeper(wires, {
    name: keeperName('account-ticket', bases.weChatApi, appId, appSecret),
    api: '/cgi-bin/ticket/getticket',
    query: { type: 'jsapi' },
    through: api,
  })
  return {
    accountUsers: accountUsers({ api }),
    followerList: accountFollowers({ api }),
    accountOAuth: accountOAuth({ http: wires.http, bases, appId, appSecret, log: wires.log }),
    accountPageSignatures: accountPageSignatures({ clock: wires.clock, ticket, appId }),
  }
}

function openPay(
  wires: Wires,
  config: PayConfig | null,
  timeoutMs: number,
): Pick<Tencent, 'paymentGateway' | 'platformKeys'> {
  if (config === null) return { paymentGateway: null, platformKeys: null }
  const { bases, publicUrl } = wires.config
  const base = bases.weChatPay
  const keys = platformKeys({ ...wires, config, base, timeoutMs })
  const gateway = payGateway({ config, base, publicUrl, keys, clock: wires.clock, timeoutMs })
  const { noteCall } = wires
  return { paymentGateway: meteredPay(gateway, 'pay', noteCall), platformKeys: meteredPay(keys, 'pay-keys', noteCall) }
}
