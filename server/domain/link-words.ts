import type { LinkWay, UnlinkedReason } from './link-state.ts'

/** A reason in words, with the way that will work. */
export interface ReasonWords {
  zh: string
  en: string
  way: LinkWay
}

/** Why, per reason, for operators. */
export const reasonWords: Readonly<Record<UnlinkedReason, ReasonWords>> = {
  'contact-platform-not-bound': {
    zh: '有导购，但企业微信一个 unionid 都没给：未绑定开放平台',
    en: 'A contact; WeCom tells no unionid of anybody: the Open Platform is not bound',
    way: 'bind',
  },
  'contact-without-unionid': {
    zh: '有导购，但企业微信没给这位的 unionid（企业微信用户，或还没读到）',
    en: 'A contact of whom WeCom tells no unionid (uses WeCom, or not read yet)',
    way: 'identify',
  },
  'contact-not-follower': {
    zh: '有导购，没关注公众号，也没进过小程序',
    en: 'A contact who neither follows the account nor opened the mini-program',
    way: 'mini-program-card',
  },
  'contact-left': { zh: '加过导购，现在没有导购了', en: 'Was a contact; no member has them now', way: 'contact-way' },
  'follower-platform-not-bound': {
    zh: '关注了公众号，但公众号一个 unionid 都没给：未绑定开放平台',
    en: 'A follower; the account tells no unionid of anybody: the Open Platform is not bound',
    way: 'bind',
  },
  'follower-without-unionid': {
    zh: '关注了公众号，还没拿到这位的 unionid',
    en: 'A follower whose unionid is not known yet',
    way: 'identify',
  },
  'follower-without-salesperson': {
    zh: '关注了公众号，还没加导购',
    en: 'A follower without a salesperson',
    way: 'contact-way',
  },
  'reader-without-unionid': {
    zh: '没关注，打开过文章或 H5 商城，没有 unionid',
    en: 'Not a follower; opened a link or the H5 mall, no unionid',
    way: 'identify',
  },
  'reader-without-salesperson': {
    zh: '没关注，用微信身份读过文章，还没加导购',
    en: 'Not a follower; read with the WeChat identity, no salesperson',
    way: 'contact-way',
  },
  'shopper-without-unionid': {
    zh: '用过小程序或小店，没有 unionid：小程序还没绑到同一个开放平台',
    en: 'Used the mini-program or shop, no unionid: it is not bound to the same Open Platform account',
    way: 'bind',
  },
  'shopper-without-salesperson': {
    zh: '用过小程序或小店，还没加导购',
    en: 'Used the mini-program or shop, no salesperson',
    way: 'contact-way',
  },
  'number-only': {
    zh: '只有手机号或会员号（门店、ERP 上报的）',
    en: 'Known by a phone or member number only (till, ERP)',
    way: 'member-card',
  },
}

/** What to do, per way; `guide`: a step of docs/operator-guide. */
export const wayWords: Readonly<Record<LinkWay, { zh: string; en: string; guide: boolean }>> = {
  bind: {
    zh: '把公众号、小程序和企业微信绑到同一个开放平台账号（操作手册第 6 步），夜里同步后自动连上',
    en: 'Bind account, mini-program and WeCom to one Open Platform account (operator’s guide, step 6); the nightly synchronisation links them',
    guide: true,
  },
  'mini-program-card': {
    zh: '导购在聊天里发一张小程序卡片，打开就连上，不用任何操作；或请 TA 关注公众号',
    en: 'Send a mini-program card in the chat: opening it links silently; or ask them to follow the account',
    guide: false,
  },
  follow: { zh: '请 TA 关注公众号', en: 'Ask them to follow the account', guide: false },
  identify: {
    zh: '发一篇文章，请 TA 点文末「用微信身份阅读」；或请 TA 关注公众号',
    en: 'Send an article: a tap on 用微信身份阅读 tells; or following the account',
    guide: false,
  },
  'contact-way': {
    zh: '在公众号菜单、文章末尾和小程序里放导购的「联系我」二维码，加上就连上',
    en: 'Offer a salesperson’s contact code in the account’s menu, below articles and in the mini-program: adding links',
    guide: false,
  },
  'member-card': {
    zh: '请 TA 领会员卡，或在小程序里用手机号按钮登录：号码对上就连上',
    en: 'A member card of the account, or the phone button of the mini-program: the number links',
    guide: false,
  },
}

/** A mini-program card that a member puts into a chat; `page` ends in `.html`, as WeCom asks. */
export interface MiniProgramCard {
  appId: string
  title: string
  page: string
}

/** The one quiet line for a member beside this customer. */
export function memberWords(way: LinkWay, hasCard: boolean): { zh: string; en: string } {
  if (way === 'bind') {
    return { zh: '还没关联公众号：开放平台未绑定，请告诉运营同事。', en: 'Not linked: the Open Platform is not bound. Tell your operator.' }
  }
  if (way === 'mini-program-card' && hasCard) {
    return { zh: '还没关联公众号：发一张小程序卡片，TA 打开就连上；或请 TA 关注公众号。', en: 'Not linked yet: a mini-program card links when opened.' }
  }
  if (way === 'identify') {
    return { zh: '还没关联公众号：发一篇文章，请 TA 点文末「用微信身份阅读」。', en: 'Not linked yet: send an article, a tap at its end links.' }
  }
  return { zh: '还没关联公众号：发一篇文章，TA 点「用微信身份阅读」或关注公众号就连上。', en: 'Not linked yet: send an article; a tap or following the account links.' }
}

/** The card where one is configured and a silent opening will do. */
export function cardFor(way: LinkWay, card: MiniProgramCard | null): MiniProgramCard | null {
  return way === 'mini-program-card' ? card : null
}
