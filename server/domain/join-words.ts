import type { LinkEvidence } from './event.ts'
import { parseIdentityKey, type AppId, type IdentityKey } from './ids.ts'

/** What each app of the brand is called: 公众号, 小程序, 微信小店. */
export type AppNames = ReadonlyMap<AppId, string>

/** An identity as an operator knows it: 小程序里的身份, 验证过的手机号. Phone and member numbers are never told, not even in part. */
export function identityWords(key: IdentityKey, apps: AppNames): string {
  const identity = parseIdentityKey(key)
  switch (identity.kind) {
    case 'openid':
      return `${apps.get(identity.appId) ?? '另一个应用'}里的身份`
    case 'unionid':
      return '微信开放平台的身份'
    case 'external':
      return '企业微信客户'
    case 'phone':
      return '一个手机号'
    case 'member':
      return '一个会员号'
  }
}

/** Why two identities count as one person. */
export function evidenceWords({ by, appId }: LinkEvidence, apps: AppNames): string {
  const app = (appId && apps.get(appId)) ?? '应用'
  switch (by) {
    case 'user-info':
      return `${app}的用户资料写着这个开放平台身份`
    case 'code2session':
      return `登录${app}时微信给出`
    case 'oauth':
      return `经${app}授权打开网页时微信给出`
    case 'contact':
      return '企业微信的客户资料写着这个开放平台身份'
    case 'order':
      return `${app}的订单写着这个开放平台身份`
    case 'coupon':
      return `${app}的优惠券写着这个开放平台身份`
    case 'phone':
      return `本人在${app}里点了手机号按钮`
    case 'member-card':
      return `本人在${app}领取、打开或激活了会员卡`
  }
}

/** Two people proved the same number: the one whose page it is has it already (`holds`), or was too late. */
export function conflictWords(number: IdentityKey, holds: boolean): string {
  const what = number.startsWith('phone:') ? '手机号' : '会员号'
  return holds ? `另一位客人也验证了 TA 的${what}，两人没有合并` : `TA 验证的${what}已经属于另一位客人，两人没有合并`
}
