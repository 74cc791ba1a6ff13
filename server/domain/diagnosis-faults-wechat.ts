import { fault } from './fault.ts'

const payPage = 'pay.weixin.qq.com → 账户中心 → API安全'

/** Official Account, mini-program, shop, WeChat Pay. Source: official-account.md section 7, wechat-pay.md section 6. */
export const weChatFaults = {
  'account-app-id-wrong': fault('wrong', 5, '公众号的 AppID 不对（OA_APP_ID）', 'OA_APP_ID is wrong', '从 设置与开发 → 基本配置 复制', 'copy it from 设置与开发 → 基本配置'),
  'account-secret-wrong': fault('wrong', 5, '公众号的 AppSecret 不对（OA_APP_SECRET）', 'OA_APP_SECRET is wrong', '到 设置与开发 → 基本配置 重置并换成新的', 'reset it under 设置与开发 → 基本配置 and use the new one'),
  'account-ip-not-listed': fault('wrong', 5, '服务器的出口 IP 不在公众号的 IP 白名单里', 'the outgoing IP of this server is not on the IP白名单 of the account', '设置与开发 → 基本配置 → IP白名单，加上它', 'add it under 设置与开发 → 基本配置 → IP白名单'),
  'account-not-verified': fault('wrong', 5, '公众号没有用户管理接口的权限：不是已认证的服务号', 'the account has no right to ask about its followers: it is no verified service account', '完成微信认证，或换成已认证的服务号', 'have it verified, or use a verified service account'),
  'account-limited': fault('wrong', 5, '公众号被限制使用接口', 'the account is limited', '登录 mp.weixin.qq.com 看站内通知', 'see the notices at mp.weixin.qq.com'),
  'account-not-bound': fault('wrong', 6, '公众号没有绑定开放平台：{about} 位粉丝都没有 unionid', 'the account is bound to no Open Platform account: none of {about} followers has a unionid', 'open.weixin.qq.com → 管理中心 绑定公众号', 'bind it at open.weixin.qq.com → 管理中心'),
  'entities-apart': fault(
    'warning', 6,
    '公众号和企业微信的客户对不上，像是属于两个开放平台账号：{about}', 'followers and contacts do not match, as if of two Open Platform accounts: {about}',
    '确认企业微信绑定的微信开发者ID、公众号在同一个开放平台账号下', 'see that the account and WeCom’s 微信开发者ID are under one Open Platform account',
  ),
  'mini-program-app-id-wrong': fault('wrong', 7, '小程序的 AppID 不对（MINIPROGRAM_APP_ID）', 'MINIPROGRAM_APP_ID is wrong', '从 开发管理 → 开发设置 复制', 'copy it from 开发管理 → 开发设置'),
  'mini-program-secret-wrong': fault('wrong', 7, '小程序的 AppSecret 不对（MINIPROGRAM_APP_SECRET）', 'MINIPROGRAM_APP_SECRET is wrong', '到 开发管理 → 开发设置 重置并换成新的', 'reset it under 开发管理 → 开发设置 and use the new one'),
  'mini-program-ip-not-listed': fault('wrong', 7, '服务器的出口 IP 不在小程序的 IP 白名单里', 'the outgoing IP of this server is not on the list of the mini-program', '开发管理 → 开发设置 → IP白名单，加上它', 'add it under 开发管理 → 开发设置 → IP白名单'),
  'mini-program-not-bound': fault('wrong', 6, '小程序登录没有带回 unionid：没有绑定开放平台，或不属于本公司', 'logins of the mini-program bring no unionid: it is not bound, or not this company’s', 'open.weixin.qq.com → 管理中心 绑定小程序；核对 AppID 是不是自家的', 'bind it at open.weixin.qq.com → 管理中心; check that the AppID is yours'),
  'shop-app-id-wrong': fault('wrong', 7, '微信小店的 AppID 不对（SHOP_APP_ID）', 'SHOP_APP_ID is wrong', 'store.weixin.qq.com → 服务市场 → 经营工具 → 自研 复制', 'copy it from store.weixin.qq.com → 服务市场 → 经营工具 → 自研'),
  'shop-secret-wrong': fault('wrong', 7, '微信小店的 AppSecret 不对（SHOP_APP_SECRET）', 'SHOP_APP_SECRET is wrong', '到 store.weixin.qq.com → 服务市场 → 经营工具 → 自研 重置并换成新的', 'reset it at store.weixin.qq.com → 服务市场 → 经营工具 → 自研 and use the new one'),
  'shop-ip-not-listed': fault('wrong', 7, '服务器的出口 IP 不在微信小店的 IP 白名单里', 'the outgoing IP of this server is not on the list of the shop', '到小店的自研页把它加进 IP 白名单', 'add it to the IP白名单 on the shop’s 自研 page'),
  'shop-no-permission': fault('wrong', 7, '微信小店没有给订单接口的权限', 'the shop gives no right to its orders', '到小店的自研页勾选订单、售后、商品的接口权限', 'tick the rights to orders, after-sales and products on the shop’s 自研 page'),
  'pay-signature-wrong': fault('wrong', 7, '微信支付不认我们的签名：商户号、商户私钥、证书序列号三者不配套', 'WeChat Pay refuses our signature: merchant number, private key and serial do not belong together', `到 ${payPage} → API证书 核对 WXPAY_MCH_ID、WXPAY_PRIVATE_KEY、WXPAY_SERIAL_NO`, 'compare WXPAY_MCH_ID, WXPAY_PRIVATE_KEY and WXPAY_SERIAL_NO with API安全 → API证书'),
  'pay-api-v3-key-wrong': fault('wrong', 7, 'APIv3 密钥不对，解不开平台证书（WXPAY_API_V3_KEY）', 'WXPAY_API_V3_KEY is wrong: it opens no platform certificate', `到 ${payPage} → APIv3密钥 核对或重设`, 'compare or set it anew under API安全 → APIv3密钥'),
  'pay-public-key-id-wrong': fault('wrong', 7, '微信支付公钥 ID 不对（WXPAY_PUBLIC_KEY_ID）', 'WXPAY_PUBLIC_KEY_ID is wrong', `到 ${payPage} → 微信支付公钥 复制公钥ID`, 'copy it from API安全 → 微信支付公钥'),
  'pay-public-key-wrong': fault('wrong', 7, '微信支付公钥不对，验不了应答的签名（WXPAY_PUBLIC_KEY）', 'WXPAY_PUBLIC_KEY is wrong: it does not fit the signature of answers', `到 ${payPage} → 微信支付公钥 重新下载 pub_key.pem`, 'download pub_key.pem again from API安全 → 微信支付公钥'),
  'pay-no-key': fault('wrong', 7, '商户没有平台证书，也没有配置微信支付公钥', 'the merchant has no platform certificate, and no public key is configured', `到 ${payPage} → 微信支付公钥 申请，填 WXPAY_PUBLIC_KEY_ID 和 WXPAY_PUBLIC_KEY`, 'apply under API安全 → 微信支付公钥, set WXPAY_PUBLIC_KEY_ID and WXPAY_PUBLIC_KEY'),
  'pay-not-bound': fault('wrong', 7, '商户号没有绑定这个 AppID（WXPAY_APP_ID）', 'the merchant is not bound to WXPAY_APP_ID', 'pay.weixin.qq.com → 产品中心 → AppID账号管理 关联', 'bind it at pay.weixin.qq.com → 产品中心 → AppID账号管理'),
  'pay-not-opened': fault('wrong', 7, '商户号没有开通 JSAPI 支付', 'the merchant has not opened JSAPI payments', 'pay.weixin.qq.com → 产品中心 开通 JSAPI 支付', 'open it at pay.weixin.qq.com → 产品中心'),
  'pay-refused': fault('wrong', 7, '微信支付拒绝了请求：{about}', 'WeChat Pay refused: {about}', '按错误码查微信支付的文档', 'look the code up in WeChat Pay’s manual'),
}
