import { found, type FaultName } from '../../domain/diagnosis-faults.ts'
import type { CheckName } from '../../domain/diagnosis.ts'
import { PayRefused } from '../../domain/errors.ts'
import { faultOfPay } from '../../domain/diagnosis-causes.ts'
import type { Contacts } from '../../ports/contacts.ts'
import type { AccountProbe, AppProbe, PayKeysState, PayProbe, ShopProbe, UnionIdSample } from '../../ports/probes.ts'
import type { Examiner } from '../diagnose.ts'
import { once } from './once.ts'

type Examiners = Partial<Record<CheckName, Examiner>>

/** Fewer say nothing about whether two accounts belong together. */
const enough = 30

/** The Official Account. `contacts` and `known` tell of WeCom's side: those looked at, and all that we know. */
export function examineAccount(account: AccountProbe, weCom: { contacts: () => Promise<UnionIdSample>; known: () => Promise<Contacts> }): Examiners {
  const followers = once(() => account.followers())
  return {
    async account() {
      await account.signIn()
      return []
    },
    async 'account-users'() {
      const { asked, unionIds } = await followers()
      return asked > 0 && unionIds.length === 0 ? [found('account-not-bound', String(asked))] : []
    },
    async 'same-entity'() {
      const [{ unionIds: ofFollowers }, { unionIds: ofContacts }] = await Promise.all([followers(), weCom.contacts()])
      if (ofFollowers.length < enough || ofContacts.length < enough) return []
      const same = new Set(ofFollowers)
      if (ofContacts.some((one) => same.has(one)) || (await (await weCom.known()).byUnionIds(ofFollowers)).length > 0) return []
      const figures = { zh: `粉丝 ${ofFollowers.length}、客户 ${ofContacts.length}、重合 0`, en: `${ofFollowers.length} followers, ${ofContacts.length} contacts, 0 both` }
      return [found('entities-apart', `${figures.zh} · ${figures.en}`)]
    },
  }
}

/** The mini-program's appid and secret, and what its logins have told. */
export function examineMiniProgram(app: AppProbe, logins: Examiner): Examiners {
  return {
    async 'mini-program'() {
      await app.signIn()
      return []
    },
    'mini-program-users': logins,
  }
}

/** The WeChat shop, and its right to orders. */
export function examineShop(shop: ShopProbe): Examiners {
  return {
    async shop() {
      await shop.signIn()
      await shop.orders()
      return []
    },
  }
}

const keyFaults: Readonly<Record<Exclude<PayKeysState, 'good'>, FaultName>> = {
  none: 'pay-no-key',
  'wrong-api-v3-key': 'pay-api-v3-key-wrong',
  'wrong-public-key-id': 'pay-public-key-id-wrong',
  'wrong-public-key': 'pay-public-key-wrong',
}

/** The merchant. A payment whose payer is nobody must be refused; why, tells whether appid and merchant are bound. */
export function examinePay(pay: PayProbe): Examiners {
  return {
    async pay() {
      const state = await pay.keys()
      return state === 'good' ? [] : [found(keyFaults[state])]
    },
    async 'pay-binding'() {
      const fault = await pay.binding().then(() => null, refusalOf)
      return fault === null ? [] : [found(fault)]
    },
  }
}

function refusalOf(error: unknown): FaultName | null {
  if (error instanceof PayRefused) return faultOfPay(error.reason)
  throw error
}
