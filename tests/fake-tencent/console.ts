import { Refusal, type Desk } from './api.ts'
import type { TokenRecord, World } from './world.ts'

/** What the brand has set in Tencent's consoles, beyond ids and keys. */
export interface ConsoleRecord {
  /** 可信域名; undefined: the address under which the product is connected; null: none. */
  trustedDomain?: string | null
  /** The app is disabled. */
  closed: boolean
  /** 企业可信IP holds our address. */
  ipTrusted: boolean
  /** The app is ticked under 可调用接口的应用. */
  contactApi: boolean
  /** The company has bound a 微信开发者ID. */
  companyBound: boolean
  /** IP白名单 of the Official Account holds our address. */
  accountIpListed: boolean
  accountVerified: boolean
  /** The account is bound to an Open Platform account. */
  accountBound: boolean
  /** … which is another one than the company's: the same people have other unionids there. */
  accountApart: boolean
  /** The shop has given the right to orders. */
  shopRights: boolean
}

const asItShouldBe: ConsoleRecord = {
  closed: false,
  ipTrusted: true,
  contactApi: true,
  companyBound: true,
  accountIpListed: true,
  accountVerified: true,
  accountBound: true,
  accountApart: false,
  shopRights: true,
}

export function consoleOf(world: World): ConsoleRecord {
  return { ...asItShouldBe, ...world.console }
}

/** Refuses what the consoles do not allow. Sources: document/path/90313; the Official Account's list of return codes. */
export function refuseByConsole({ world }: Desk, path: string, token: TokenRecord | null): void {
  const { ipTrusted, contactApi, accountVerified, shopRights, closed } = consoleOf(world)
  const isWeCom = token?.kind === 'agent' || token?.kind === 'contact'
  if (isWeCom && !ipTrusted) throw new Refusal(60020, 'not allow to access from your ip')
  if (isWeCom && closed && path.startsWith('/cgi-bin/message/')) throw new Refusal(50003, 'agent disabled')
  if (isWeCom && !contactApi && path.startsWith('/cgi-bin/externalcontact/')) throw new Refusal(48002, 'api forbidden')
  if (token?.kind === 'account' && !accountVerified && path.startsWith('/cgi-bin/user/')) throw new Refusal(48001, 'api unauthorized')
  if (token?.kind === 'shop' && !shopRights && path.startsWith('/channels/ec/order/')) throw new Refusal(48001, 'api unauthorized')
}
