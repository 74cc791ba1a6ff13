import type { Problems } from './checks.ts'

/** Tencent's addresses, and the variables that put a stand-in in their place. */
export const tencentBases = {
  weComApi: { variable: 'WECOM_API_BASE', usual: 'https://qyapi.weixin.qq.com' },
  weChatApi: { variable: 'WECHAT_API_BASE', usual: 'https://api.weixin.qq.com' },
  weChatOpen: { variable: 'WECHAT_OPEN_BASE', usual: 'https://open.weixin.qq.com' },
  weComLogin: { variable: 'WECOM_LOGIN_BASE', usual: 'https://login.work.weixin.qq.com' },
  weChatPay: { variable: 'WECHAT_PAY_BASE', usual: 'https://api.mch.weixin.qq.com' },
} as const

export type TencentBases = Readonly<Record<keyof typeof tencentBases, string>>

/** Each address, Tencent's own unless the environment names another. */
export function basesFrom(check: Problems): TencentBases {
  const base = (name: keyof typeof tencentBases) => check.url(tencentBases[name].variable, tencentBases[name].usual) ?? ''
  return {
    weComApi: base('weComApi'),
    weChatApi: base('weChatApi'),
    weChatOpen: base('weChatOpen'),
    weComLogin: base('weComLogin'),
    weChatPay: base('weChatPay'),
  }
}

/** Those that are not Tencent's: `WECOM_API_BASE 127.0.0.1:4000`. */
export function standInsAmong(bases: TencentBases): readonly string[] {
  const names = Object.keys(tencentBases) as (keyof typeof tencentBases)[]
  const others = names.filter((name) => bases[name] !== tencentBases[name].usual)
  return others.map((name) => `${tencentBases[name].variable} ${new URL(bases[name]).host}`)
}
