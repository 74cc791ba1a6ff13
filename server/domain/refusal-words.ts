/** What an operator reads about a refusal: what it means and what to do. */
export interface RefusalWords {
  zh: string
  en: string
}

const outsideRange: RefusalWords = {
  zh: '成员或部门不在应用的可见范围内：请在应用详情页把他们加入可见范围',
  en: 'the member or department is outside the visible range of the app: add them there',
}

/** Source: document/path/90313; the Official Account's list of return codes. */
const words: Readonly<Record<number, RefusalWords>> = {
  40001: { zh: '密钥不正确：请检查环境变量里的 Secret', en: 'the secret is wrong: check it in the environment' },
  40003: { zh: '没有这个成员或用户', en: 'no such member or user' },
  40098: {
    zh: '成员还没有实名认证：请成员在企业微信「我 → 设置 → 账号」里完成实名',
    en: 'the member is not real-name verified: they must do so in WeCom',
  },
  40164: { zh: '服务器的 IP 不在公众号的 IP 白名单里', en: 'the IP of this server is not on the whitelist of the account' },
  41054: { zh: '成员还没有激活企业微信', en: 'the member has not activated WeCom yet' },
  45009: { zh: '调用次数已用完，稍后再同步', en: 'the quota of calls is used up: synchronise later' },
  48001: { zh: '公众号没有这个接口的权限（未认证的号没有用户管理接口）', en: 'the account has no right to this API (it needs verification)' },
  48002: {
    zh: '应用没有这个接口的权限：请在「客户联系 → 可调用接口的应用」里勾选本应用',
    en: 'the app has no right to this API: tick it under 客户联系 → 可调用接口的应用',
  },
  48006: {
    zh: '应用长期未使用，接口权限已被收回：请管理员在管理后台重新启用',
    en: 'the app was unused too long and lost the right: an administrator must enable it again',
  },
  48011: {
    zh: '应用活跃度过低，暂时不能取客户数据：请让成员多使用本应用后再试',
    en: 'the app is used too little to be given customer data: have members use it, then try again',
  },
  50003: { zh: '应用已停用：请在管理后台启用', en: 'the app is disabled: enable it in the console' },
  60011: outsideRange,
  60020: { zh: '服务器的 IP 不在「企业可信 IP」里', en: 'the IP of this server is not among 企业可信IP' },
  60021: outsideRange,
  60030: outsideRange,
  60111: { zh: '没有这个成员：可能已离职', en: 'no such member: they may have left' },
  84061: { zh: '成员与客户不是好友，或成员还没有客户', en: 'member and customer are no contacts, or the member has none yet' },
  84074: {
    zh: '成员没有「客户联系」权限：请在「客户联系 → 权限配置」里把成员加入使用范围',
    en: 'the member may not contact customers: add them under 客户联系 → 权限配置',
  },
  92000: outsideRange,
}

/** One sentence in each language about an errcode; of one that we do not know, its number. */
export function wordsOfRefusal(errcode: number): RefusalWords {
  return words[errcode] ?? { zh: `腾讯拒绝了请求（错误码 ${errcode}）`, en: `Tencent refused with errcode ${errcode}` }
}
