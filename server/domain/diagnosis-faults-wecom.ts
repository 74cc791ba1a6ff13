import { fault } from './fault.ts'

const openApp = '企业微信管理后台 → 应用管理 → 这个应用'

/** What WeCom's console can have wrong. Meanings of errcodes: document/path/90313; of the app's own settings: path/90227. */
export const weComFaults = {
  'corp-id-wrong': fault('wrong', 2, '企业ID不对（WECOM_CORP_ID）', 'WECOM_CORP_ID is wrong', '从 我的企业 → 企业信息 的最下面复制', 'copy it from 我的企业 → 企业信息'),
  'agent-secret-wrong': fault('wrong', 2, '应用的 Secret 不对（WECOM_AGENT_SECRET）', 'WECOM_AGENT_SECRET is wrong', `到${openApp} → Secret 重新查看；重置过就换成新的`, 'look at the app’s page → Secret again; after a reset use the new one'),
  'agent-other-secret': fault('wrong', 2, 'AgentId 和 Secret 不是同一个应用的（WECOM_AGENT_ID）', 'AgentId and Secret belong to different apps (WECOM_AGENT_ID)', `两个都从 ${openApp} 的同一页复制`, 'copy both from the same page of the app'),
  'ip-not-trusted': fault('wrong', 2, '服务器的出口 IP 不在应用的「企业可信IP」里', 'the outgoing IP of this server is not among 企业可信IP of the app', `到${openApp} → 企业可信IP 加上它，约一分钟后生效`, 'add it on the app’s page → 企业可信IP; it takes about a minute'),
  'agent-closed': fault('wrong', 2, '应用已停用', 'the app is disabled', `到${openApp} 启用`, 'enable it on the app’s page'),
  'agent-range-empty': fault('wrong', 2, '应用的可见范围是空的，谁也收不到提醒', 'the visible range of the app is empty: nobody can be reached', `到${openApp} → 可见范围，加上所有导购和店长`, 'add every salesperson and manager on the app’s page → 可见范围'),
  'trusted-domain-missing': fault('wrong', 2, '应用没有设置可信域名，侧边栏打不开', 'the app has no trusted domain: the sidebar does not open', `到${openApp} → 网页授权及JS-SDK → 设置可信域名，填 {about}`, 'set {about} on the app’s page → 网页授权及JS-SDK → 设置可信域名'),
  'trusted-domain-other': fault('wrong', 2, '应用的可信域名和 PUBLIC_URL 不一致：{about}', 'the trusted domain of the app is not the host of PUBLIC_URL: {about}', `到${openApp} → 网页授权及JS-SDK 改成和 PUBLIC_URL 完全一样（带端口就连端口）`, 'make them the same on the app’s page → 网页授权及JS-SDK, port included'),
  'contact-secret-wrong': fault('wrong', 2, '「客户联系」的单独 Secret 不对（WECOM_CONTACT_SECRET）', 'WECOM_CONTACT_SECRET is wrong', '2023 年 12 月后的企业请把它留空；更早的到 客户与上下游 → 客户联系 → API 复制', 'leave it empty for companies founded after December 2023; others copy it from 客户与上下游 → 客户联系 → API'),
  'contact-api-not-enabled': fault('wrong', 2, '应用没有「客户联系」接口的权限', 'the app has no right to the customer-contact API', '客户与上下游 → 客户联系 → API → 可调用接口的应用，勾选这个应用', 'tick the app under 客户与上下游 → 客户联系 → API → 可调用接口的应用'),
  'contact-right-withdrawn': fault('wrong', 2, '应用长期没人用，接口权限被收回', 'the app was unused for long and lost its right', '管理员在管理后台重新启用接口权限，并让导购打开一次应用', 'have an administrator enable it again and salespeople open the app once'),
  'contact-activity-low': fault('wrong', 8, '应用使用太少，企业微信暂时不给客户数据', 'the app is used too little: WeCom gives no customer data for now', '让导购多打开应用，过几天再试', 'have salespeople use the app, and try again in some days'),
  'nobody-has-contacts': fault('wrong', 2, '可见范围里没有人开通「客户联系」', 'nobody in the visible range has 客户联系', '客户与上下游 → 客户联系 → 权限配置 → 使用范围，加上导购', 'add the salespeople under 客户与上下游 → 客户联系 → 权限配置 → 使用范围'),
  'staff-unknown': fault('wrong', 2, '通讯录里没有这个成员：{about}', 'no such member: {about}', '到 通讯录 → 成员 → 账号 抄 userid，改 OPERATORS 或 MANAGERS', 'copy the userid from 通讯录 → member → 账号 into OPERATORS or MANAGERS'),
  'staff-outside-range': fault('wrong', 2, '成员不在应用的可见范围里：{about}', 'a member is outside the visible range of the app: {about}', `到${openApp} → 可见范围加上`, 'add them on the app’s page → 可见范围'),
  'company-blocked': fault('wrong', 2, '企业已解散或被封', 'the company is dissolved or banned', '联系企业微信客服', 'ask WeCom’s support'),
  'open-platform-not-bound': fault(
    'wrong', 6,
    '企业微信没有绑定微信开发者ID：{about} 位微信客户都没有 unionid，认不出是谁', 'WeCom is bound to no Open Platform account: none of {about} WeChat contacts has a unionid',
    '客户与上下游 → 客户联系 → API → 微信开发者ID，绑定同一主体的开放平台账号', 'bind the Open Platform account of the same company under 客户与上下游 → 客户联系 → API → 微信开发者ID',
  ),
  'tencent-refused': fault('wrong', 2, '腾讯拒绝了请求：{about}', 'Tencent refused: {about}', '按错误码查官方文档的「全局错误码」', 'look the errcode up in Tencent’s list of return codes'),
}
