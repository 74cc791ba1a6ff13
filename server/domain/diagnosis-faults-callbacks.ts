import { fault } from './fault.ts'

/** What a callback tells about its console, by being refused or by never coming. */
export const callbackFaults = {
  'callback-never-seen': fault(
    'warning', 3,
    '还没有收到过「{about}」的回调', 'no callback of {about} has come yet',
    '在对应后台填好回调地址并启用，然后做一次动作（如关注、加好友、下单）', 'enter and enable our address in its console, then do something (follow, add a contact, order)',
  ),
  'callback-token-wrong': fault(
    'wrong', 3,
    '「{about}」的回调签名对不上：后台的 Token 和我们的不一样（偶尔一次也可能是别人伪造）', 'callbacks of {about} are signed with another token than ours (a single one may be forged)',
    '对照后台的 Token，改好 .env 后重启', 'compare the token with the console’s, then restart',
  ),
  'callback-aes-key-wrong': fault(
    'wrong', 3,
    '「{about}」的回调签名对，但解不开：EncodingAESKey 和后台的不一样', 'callbacks of {about} are signed right but do not open: the EncodingAESKey is another than the console’s',
    '对照后台的 EncodingAESKey，改好 .env 后重启', 'compare the EncodingAESKey with the console’s, then restart',
  ),
  'callback-other-receiver': fault(
    'wrong', 3,
    '「{about}」的回调是发给别的企业、公众号或商户的', 'callbacks of {about} are meant for another company, account or merchant',
    '检查是哪个后台填了我们的地址；AppID、企业ID、商户号要和它一致', 'see which console has our address; the ids must be of the same one',
  ),
  'callback-not-encrypted': fault(
    'wrong', 5,
    '「{about}」的回调没有加密：后台设成了明文模式', 'callbacks of {about} are not encrypted: the console is set to 明文模式',
    '后台改成安全模式；或把 OA_CALLBACK_MODE 设成 plain（不建议）', 'choose 安全模式 there; or set OA_CALLBACK_MODE to plain (not advised)',
  ),
  'callback-key-unknown': fault(
    'wrong', 7,
    '「{about}」的通知用了我们不认识的公钥或证书签名', 'notifications of {about} are signed under a key that we do not know',
    '到 pay.weixin.qq.com → 账户中心 → API安全 核对微信支付公钥和公钥ID', 'compare the public key and its id with pay.weixin.qq.com → 账户中心 → API安全',
  ),
  'callback-not-opened': fault(
    'wrong', 7,
    '「{about}」的通知签名对，但解不开：APIv3 密钥不对', 'notifications of {about} are signed right but do not open: the APIv3 key is wrong',
    '核对 WXPAY_API_V3_KEY', 'compare WXPAY_API_V3_KEY',
  ),
}

/** Why a callback was refused, where that says something about the set-up. */
export type CallbackFault = Exclude<keyof typeof callbackFaults, 'callback-never-seen'>
