import { fault } from './fault.ts'

const see = '按提示改好，再运行一次'
const seeEn = 'put it right as it says, then run this again'

/** What the environment and the brand's own files can have wrong. */
export const settingFaults = {
  'setting-missing': fault('wrong', 1, '缺少配置：{about}', 'a setting is missing: {about}', '按操作指南找到它，写进 .env', 'find it with the guide and put it into .env'),
  'setting-malformed': fault('wrong', 1, '配置格式不对：{about}', 'a setting has the wrong form: {about}', see, seeEn),
  'callback-token-malformed': fault(
    'wrong', 3,
    '回调 Token 的格式不对：{about}', 'a callback token has the wrong form: {about}',
    '从对应后台的回调设置里整段复制，前后不要带空格', 'copy it whole from the callback settings of that console, without spaces',
  ),
  'aes-key-malformed': fault(
    'wrong', 3,
    'EncodingAESKey 长度或字符不对：{about}', 'an EncodingAESKey has the wrong length or characters: {about}',
    '它恰好 43 位字母和数字，结尾没有等号；从对应后台重新复制', 'it has exactly 43 letters and digits and no equals sign; copy it again from that console',
  ),
  'pay-setting-malformed': fault(
    'wrong', 7,
    '微信支付的配置不对：{about}', 'a setting of WeChat Pay is wrong: {about}',
    '到 pay.weixin.qq.com → 账户中心 → API安全 对照；私钥整段粘贴，换行写成 \\n', 'compare with pay.weixin.qq.com → 账户中心 → API安全; paste keys whole, line breaks as \\n',
  ),
  'verify-files-malformed': fault(
    'wrong', 2,
    '域名校验文件写得不对：{about}', 'VERIFY_FILES is wrong: {about}',
    '写文件名（WW_verify_….txt、MP_verify_….txt），其他文件写成 文件名.txt=内容', 'write the names (WW_verify_….txt, MP_verify_….txt), others as name.txt=content',
  ),
  'session-secret-short': fault(
    'warning', 1,
    '{about} 太短，容易被猜到', '{about} is short and easily guessed',
    '用 openssl rand -hex 24 生成一个（改了之后大家要重新登录）', 'make one with openssl rand -hex 24 (everybody signs in again afterwards)',
  ),
  'identity-secret-missing': fault(
    'warning', 1,
    '没有单独设置 IDENTITY_SECRET：以后一换 SESSION_SECRET，凭手机号认出的客户就全不认识了', 'IDENTITY_SECRET is not set apart: a new SESSION_SECRET would make strangers of everybody known by phone',
    '把现在的 SESSION_SECRET 抄成 IDENTITY_SECRET，以后不要再改它', 'copy the present SESSION_SECRET into IDENTITY_SECRET and never change that one',
  ),
  'trust-proxy-missing': fault(
    'warning', 1,
    '没有设置 TRUST_PROXY：所有访客看起来都是反向代理，按地址的限流不生效', 'TRUST_PROXY is not set: everybody looks like the proxy and nobody is limited by address',
    '前面有几层自己的代理就写几，一般是 1', 'say how many proxies of yours stand in front, usually 1',
  ),
  'notices-file-broken': fault('wrong', 8, '告知文件有误：{about}', 'the notices file is wrong: {about}', see, seeEn),
  'retention-file-broken': fault('wrong', 8, '保存期限有误：{about}', 'the retention periods are wrong: {about}', see, seeEn),
  'sentences-file-broken': fault('wrong', 8, '话术文件有误：{about}', 'the sentences file is wrong: {about}', see, seeEn),
  'inbound-file-broken': fault('wrong', 7, '外部系统接入文件有误：{about}', 'the file of inbound systems is wrong: {about}', see, seeEn),
  'outgoing-file-broken': fault('wrong', 7, '外发通知文件有误：{about}', 'the file of outgoing webhooks is wrong: {about}', see, seeEn),
}
