import { payKeys } from '../fake-tencent/pay/crypto.ts'

/** The WeCom group; made up. */
export const weCom = {
  WECOM_CORP_ID: 'wwbrand000000001',
  WECOM_AGENT_ID: '1000002',
  WECOM_AGENT_SECRET: 'agent-value',
  WECOM_CALLBACK_TOKEN: 'WeComToken',
  WECOM_CALLBACK_AES_KEY: 'a'.repeat(43),
}

/** The least that `npm start` runs with. */
export const least = {
  PUBLIC_URL: 'https://crm.brand.test',
  SESSION_SECRET: 'sixteen-characters-at-least',
  ...weCom,
}

/** Every group configured. */
export const withGroups = {
  ...least,
  OA_APP_ID: 'wxaccount0000001',
  OA_APP_SECRET: 'account-value',
  OA_CALLBACK_TOKEN: 'AccountToken',
  OA_CALLBACK_AES_KEY: 'b'.repeat(43),
  OA_CALLBACK_MODE: 'plain',
  SHOP_APP_ID: 'wxshop0000000001',
  SHOP_APP_SECRET: 'shop-value',
  SHOP_CALLBACK_TOKEN: 'ShopToken',
  SHOP_CALLBACK_AES_KEY: 'c'.repeat(43),
  MINIPROGRAM_APP_ID: 'wxmall0000000001',
  MINIPROGRAM_APP_SECRET: 'mall-value',
  MINIPROGRAM_CALLBACK_TOKEN: 'MallToken',
  MINIPROGRAM_CALLBACK_AES_KEY: 'd'.repeat(43),
  WXPAY_MCH_ID: '1900000001',
  WXPAY_APP_ID: 'wxaccount0000001',
  WXPAY_API_V3_KEY: 'e'.repeat(32),
  WXPAY_PUBLIC_KEY_ID: payKeys.pub.serial,
  WXPAY_PUBLIC_KEY: payKeys.pub.publicKey,
  WXPAY_PRIVATE_KEY: payKeys.merchant.privateKey,
  WXPAY_SERIAL_NO: payKeys.merchant.serial,
}
