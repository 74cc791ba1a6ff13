import { payKeys } from './pay/crypto.ts'

/** What the brand typed into Tencent's consoles: the same values on both sides. Made up; no real account. */
export interface Brand {
  corpId: string
  agentId: number
  agentSecret: string
  /** null: externalcontact calls use the app's own secret. */
  contactSecret: string | null
  weComKeys: Keys
  account: { appId: string; secret: string; ghId: string; keys: Keys; mode: CallbackMode }
  shop: { appId: string; secret: string; ghId: string; keys: Keys }
  miniProgram: { appId: string; secret: string; ghId: string; keys: Keys }
  pay: { merchantId: string; apiV3Key: string }
}

/** Where each of Tencent's hosts is stood in for. */
export interface Bases {
  weComApi: string
  weChatApi: string
  weChatOpen: string
  weComLogin: string
  weChatPay: string
}

export interface Keys {
  token: string
  /** 43 letters or digits. */
  aesKey: string
}

export type CallbackMode = 'secure' | 'compatible' | 'plain'

export const mira: Brand = {
  corpId: 'wwmira0000000001',
  agentId: 1000002,
  agentSecret: 'agent-secret-of-mira-for-trying-out',
  contactSecret: null,
  weComKeys: { token: 'MiraWeComToken', aesKey: 'MiraWeComKey0123456789abcdefghijklmnopqrstu' },
  account: {
    appId: 'wxmiraaccount001',
    secret: 'account-secret-of-mira-for-trying-out',
    ghId: 'gh_miraaccount',
    keys: { token: 'MiraAccountToken', aesKey: 'MiraAccountKey0123456789abcdefghijklmnopqrs' },
    mode: 'secure',
  },
  shop: {
    appId: 'wxmirashop000001',
    secret: 'shop-secret-of-mira-for-trying-out',
    ghId: 'gh_mirashop',
    keys: { token: 'MiraShopToken', aesKey: 'MiraShopKey0123456789abcdefghijklmnopqrstuv' },
  },
  miniProgram: {
    appId: 'wxmiramall000001',
    secret: 'mall-secret-of-mira-for-trying-out',
    ghId: 'gh_miramall',
    keys: { token: 'MiraMallToken', aesKey: 'MiraMallKey0123456789abcdefghijklmnopqrstuv' },
  },
  pay: { merchantId: '1900000001', apiV3Key: 'MiraApiV3Key0123456789abcdefghij' },
}

/** Every variable of the product that must agree with the stand-in; the rest is the caller's. */
export function brandEnv(brand: Brand, bases: Bases): Record<string, string> {
  const { account, shop, miniProgram } = brand
  return {
    WECOM_CORP_ID: brand.corpId,
    WECOM_AGENT_ID: String(brand.agentId),
    WECOM_AGENT_SECRET: brand.agentSecret,
    ...(brand.contactSecret ? { WECOM_CONTACT_SECRET: brand.contactSecret } : {}),
    WECOM_CALLBACK_TOKEN: brand.weComKeys.token,
    WECOM_CALLBACK_AES_KEY: brand.weComKeys.aesKey,
    OA_APP_ID: account.appId,
    OA_APP_SECRET: account.secret,
    OA_CALLBACK_TOKEN: account.keys.token,
    OA_CALLBACK_AES_KEY: account.keys.aesKey,
    OA_CALLBACK_MODE: account.mode,
    SHOP_APP_ID: shop.appId,
    SHOP_APP_SECRET: shop.secret,
    SHOP_CALLBACK_TOKEN: shop.keys.token,
    SHOP_CALLBACK_AES_KEY: shop.keys.aesKey,
    MINIPROGRAM_APP_ID: miniProgram.appId,
    MINIPROGRAM_APP_SECRET: miniProgram.secret,
    MINIPROGRAM_CALLBACK_TOKEN: miniProgram.keys.token,
    MINIPROGRAM_CALLBACK_AES_KEY: miniProgram.keys.aesKey,
    WECOM_API_BASE: bases.weComApi,
    WECHAT_API_BASE: bases.weChatApi,
    WECHAT_OPEN_BASE: bases.weChatOpen,
    WECOM_LOGIN_BASE: bases.weComLogin,
    WECHAT_PAY_BASE: bases.weChatPay,
    WXPAY_MCH_ID: brand.pay.merchantId,
    WXPAY_APP_ID: account.appId,
    WXPAY_API_V3_KEY: brand.pay.apiV3Key,
    WXPAY_PUBLIC_KEY_ID: payKeys.pub.serial,
    WXPAY_PUBLIC_KEY: payKeys.pub.publicKey,
    WXPAY_PRIVATE_KEY: payKeys.merchant.privateKey,
    WXPAY_SERIAL_NO: payKeys.merchant.serial,
  }
}
