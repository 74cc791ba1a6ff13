import { TencentRefused, TencentUnreachable } from '../../../server/domain/errors.ts'
import type { OpenId, UnionId } from '../../../server/domain/ids.ts'
import type { AccountOAuth, MiniProgramLogin } from '../../../server/ports/identities.ts'
import type { AccountPageSignatures } from '../../../server/ports/staff.ts'

/** Somebody with a WeChat account. */
export interface WeChatUser {
  openId: string
  unionId?: string
  snapshot?: boolean
}

interface Grant {
  user: WeChatUser
  scope: string
  used: boolean
}

/** Where the double's OAuth page would be; nothing is fetched there. */
export const oauthPage = 'http://open.weixin.test/connect/oauth2/authorize'

/** OAuth, code2session and page signatures, with the weather that Tencent may have. */
export function tencentDouble() {
  const grants = new Map<string, Grant>()
  const weather: { errcode: number | null; down: boolean; silent: boolean } = { errcode: null, down: false, silent: false }

  async function redeem(code: string): Promise<Grant> {
    if (weather.silent) return new Promise(() => {})
    if (weather.down) throw new TencentUnreachable('sns/oauth2/access_token')
    if (weather.errcode !== null) throw new TencentRefused('sns/oauth2/access_token', weather.errcode)
    const found = grants.get(code)
    if (!found) throw new TencentRefused('sns/oauth2/access_token', 40029)
    if (found.used) throw new TencentRefused('sns/oauth2/access_token', 40163)
    found.used = true
    return found
  }

  function grant(user: WeChatUser, scope: string): string {
    const code = `code${grants.size + 1}`
    grants.set(code, { user, scope, used: false })
    return code
  }

  const oauth: AccountOAuth = {
    authorizeUrl: (redirectUri, scope, state) =>
      `${oauthPage}?${new URLSearchParams({ redirect_uri: redirectUri, scope, state })}`,
    async exchange(code) {
      const { user, scope } = await redeem(code)
      const unionId = scope === 'snsapi_userinfo' ? ((user.unionId ?? null) as UnionId | null) : null
      return { openId: user.openId as OpenId, unionId, snapshot: user.snapshot ?? false }
    },
  }
  const login: MiniProgramLogin = {
    async exchange(code) {
      const { user } = await redeem(code)
      return { openId: user.openId as OpenId, unionId: (user.unionId ?? null) as UnionId | null }
    },
  }
  const signed: string[] = []
  const signatures: AccountPageSignatures = {
    async sign(url) {
      if (weather.down) throw new TencentUnreachable('ticket/getticket')
      signed.push(url)
      return { appId: 'wxaccount', timestamp: 1_772_416_800, nonceStr: 'nonce', signature: 'a'.repeat(40) }
    },
  }
  return { oauth, login, signatures, signed, weather, grant }
}
