import { giveCode } from './apis/oauth.ts'
import { openBrowser, userAgents, type Browser, type Seen } from './browser.ts'
import { mallOf, type MallVisits } from './mall.ts'
import { payingOf, type Paying } from './pay/pay.ts'
import type { Delivering } from './post.ts'
import { shopServiceOf, type ShopService } from './shop-service.ts'
import { shoppingOf, type Shopping } from './shopping.ts'
import { contactFields, endRelation, type StaffActor } from './staff.ts'
import { seconds, type Stage } from './stage.ts'
import type { Fields } from './wire-text.ts'
import type { CustomerRecord } from './world.ts'

/** A customer with WeChat on a phone. Callback methods return the HTTP status of each delivery. */
export interface CustomerActor extends Shopping, ShopService, MallVisits, Paying {
  readonly id: string
  readonly name: string
  /** Changeable: null is a person whose accounts are not bound. */
  unionId: string | null
  /** As WeCom will name this customer once a member has added them. */
  readonly externalUserId: string
  readonly openIds: CustomerRecord['openIds']
  /** When set, OAuth answers with a snapshot page's virtual identity. */
  snapshot: boolean
  browser: Browser
  follows(options?: Delivering & { scene?: string }): Promise<number[]>
  unfollows(options?: Delivering): Promise<number[]>
  /** CLICK of a menu item. */
  taps(menuKey: string, options?: Delivering): Promise<number[]>
  /** VIEW of a menu item, then the page itself is not opened: see `opens`. */
  opensMenuLink(url: string, options?: Delivering): Promise<number[]>
  scans(scene: string, options?: Delivering): Promise<number[]>
  /** Takes a member card of the account's from a link, opens it in the wallet, or fills in the form that activates it. */
  memberCard(act: 'takes' | 'opens' | 'activates', card: { id: string; code: string }, options?: Delivering): Promise<number[]>
  writes(text: string, options?: Delivering): Promise<number[]>
  sendsImage(options?: Delivering): Promise<number[]>
  /** Deletes the member: del_follow_user. The one-way relation stays listed. */
  removes(staff: StaffActor, options?: Delivering): Promise<number[]>
  /** Adds a member who has 免验证 on: add_half_external_contact. */
  halfAdds(staff: StaffActor, options?: Delivering): Promise<number[]>
  /** Opens a page as WeChat does, through the real OAuth redirects, with cookies of their own. */
  opens(url: string, options?: { userAgent?: string; cookies?: boolean }): Promise<Seen>
  /** What wx.login gives: a code for one use within five minutes. */
  wxLoginCode(): string
  /** What the phone button gives: likewise. */
  phoneCode(number: string, countryCode?: string): string
}

/** One customer; all of them act on the same world. */
export function customerActor(stage: Stage, record: CustomerRecord): CustomerActor {
  const { desk } = stage
  const browser = openBrowser(`customer:${record.id}`, userAgents.weChat, stage.net)
  const account = (fields: Fields, options?: Delivering) =>
    stage.send('official-account', { ...accountHead(stage, record), ...fields }, options)
  const event = (name: string, fields: Fields, options?: Delivering) =>
    account({ MsgType: 'event', Event: name, ...fields }, options)
  const message = (type: string, fields: Fields, options?: Delivering) =>
    account({ MsgType: type, ...fields, MsgId: nextMessageId(stage) }, options)
  const wxLoginCode = () => giveCode(desk, { kind: 'mini-program', actor: `customer:${record.id}`, scope: 'login' })

  const phoneCode = (number: string, countryCode = '86') =>
    giveCode(desk, { kind: 'phone', actor: `customer:${record.id}`, scope: 'phone', phone: { countryCode, number } })

  return {
    id: record.id,
    name: record.name,
    externalUserId: record.externalUserId,
    openIds: record.openIds,
    browser,
    get unionId() {
      return record.unionId
    },
    set unionId(value) {
      record.unionId = value
    },
    get snapshot() {
      return record.snapshot
    },
    set snapshot(value) {
      record.snapshot = value
    },
    ...shoppingOf(stage, record),
    ...shopServiceOf(stage, record),
    ...mallOf(stage, browser, { wxLoginCode, phoneCode }),
    ...payingOf(stage, record, browser),

    async follows(options = {}) {
      Object.assign(record, { follows: true, followedAtMs: desk.now().getTime(), followScene: options.scene ?? '' })
      return event(
        'subscribe',
        options.scene === undefined ? { EventKey: '' } : scanned(`qrscene_${options.scene}`),
        options,
      )
    },
    async unfollows(options) {
      record.follows = false
      return event('unsubscribe', { EventKey: '' }, options)
    },
    taps: (menuKey, options) => event('CLICK', { EventKey: menuKey }, options),
    opensMenuLink: (url, options) => event('VIEW', { EventKey: url, MenuId: 410000001 }, options),
    scans: (scene, options) => event('SCAN', scanned(scene), options),
    memberCard: (act, { id, code }, options) => event(...cardEvent(act, id, code), options),
    writes: (text, options) => message('text', { Content: text }, options),
    sendsImage: (options) =>
      message('image', { PicUrl: 'http://mmbiz.qpic.cn/picture', MediaId: `media${desk.world.counter}` }, options),

    async removes(staff, options) {
      endRelation(stage, staff.userid, record, 'customer')
      return stage.send('wecom', contactFields(stage, 'del_follow_user', staff.userid, record, {}), options)
    },
    halfAdds: (staff, options) =>
      stage.send('wecom', contactFields(stage, 'add_half_external_contact', staff.userid, record, {}), options),
    opens: (url, options) => browser.opens(url, options),
    wxLoginCode,
    phoneCode,
  }
}

function cardEvent(act: 'takes' | 'opens' | 'activates', id: string, code: string): [string, Fields] {
  const card = { CardId: id, UserCardCode: code }
  if (act === 'opens') return ['user_view_card', { ...card, OuterStr: '' }]
  if (act === 'activates') return ['submit_membercard_user_info', card]
  const given = { IsGiveByFriend: 0, FriendUserName: '', OuterId: 0, OldUserCardCode: '', OuterStr: '' }
  return ['user_get_card', { ...card, ...given, IsRestoreMemberCard: 0, IsRecommendByFriend: 0 }]
}

const scanned = (key: string): Fields => ({ EventKey: key, Ticket: 'gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9x' })

function accountHead(stage: Stage, record: CustomerRecord): Fields {
  return {
    ToUserName: stage.desk.brand.account.ghId,
    FromUserName: record.openIds.account,
    CreateTime: seconds(stage),
  }
}

/** 64 bits, above what a JavaScript number holds. */
function nextMessageId(stage: Stage): bigint {
  stage.desk.world.counter += 1
  return 24_500_000_000_000_000n + BigInt(stage.desk.world.counter)
}
