import { giveResponseCode } from './apis/messages.ts'
import { openBrowser, userAgents, type Browser, type Seen } from './browser.ts'
import type { CustomerActor } from './customer.ts'
import { phoneOf, type PhoneMessage } from './phone.ts'
import type { Delivering } from './post.ts'
import { seconds, type Stage } from './stage.ts'
import type { StaffRecord } from './world.ts'
import type { Fields } from './wire-text.ts'

/** How a relation begins. `state` and `addWay` as externalcontact/get tells them (add_way 1: QR code). */
export interface Adding extends Delivering {
  state?: string
  addWay?: number
  remark?: string
  /** When the relation began; default: now. */
  at?: Date
}

/** A salesperson of the brand, with a phone and a browser inside WeCom. Callback methods return HTTP statuses. */
export interface StaffActor {
  readonly userid: string
  readonly name: string
  /** After recalls and updates, oldest first. */
  readonly phone: readonly PhoneMessage[]
  readonly titles: readonly string[]
  browser: Browser
  adds(customer: CustomerActor, options?: Adding): Promise<number[]>
  /** Remark, phone or tags edited. */
  edits(customer: CustomerActor, options?: Delivering): Promise<number[]>
  removes(customer: CustomerActor, options?: Delivering): Promise<number[]>
  /** An in-service transfer that went through: this member loses the customer, the other one has them. */
  handsOver(customer: CustomerActor, to: StaffActor, options?: Delivering): Promise<number[]>
  /** Taps a button by its text or key on the newest card that still has it (or on `card`). */
  taps(button: string, options?: Delivering & { card?: PhoneMessage }): Promise<number[]>
  entersApp(options?: Delivering): Promise<number[]>
  /** The company's directory has another name for this member: update_user. */
  takesName(name: string, options?: Delivering): Promise<number[]>
  /** Another userid for the same member, once in a lifetime; all relations go along: update_user with NewUserID. */
  takesUserid(userid: string, options?: Delivering): Promise<number[]>
  /** Deleted from the company's directory: delete_user. Their customers are nobody's, or their colleagues'. */
  leavesCompany(options?: Delivering): Promise<number[]>
  opens(url: string, options?: { userAgent?: string; cookies?: boolean }): Promise<Seen>
}

/** One member; all of them act on the same world. */
export function staffActor(stage: Stage, record: StaffRecord): StaffActor {
  const { desk } = stage
  const { userid } = record
  const browser = openBrowser(`staff:${userid}`, userAgents.weCom, stage.net)
  const contactEvent = (changeType: string, customer: CustomerActor, more: Fields, options?: Delivering) =>
    stage.send('wecom', contactFields(stage, changeType, userid, customer, more), options)

  return {
    userid,
    name: record.name,
    browser,
    get phone() {
      return phoneOf(desk.world, userid)
    },
    get titles() {
      return phoneOf(desk.world, userid).map((one) => one.title)
    },

    async adds(customer, options = {}) {
      befriend(stage, userid, customer, options)
      const state: Fields = options.state === undefined ? {} : { State: options.state }
      return contactEvent(
        'add_external_contact',
        customer,
        { ...state, WelcomeCode: `welcome${desk.world.counter}` },
        options,
      )
    },
    edits: (customer, options) => contactEvent('edit_external_contact', customer, {}, options),
    async removes(customer, options) {
      endRelation(stage, userid, customer, 'staff')
      return contactEvent('del_external_contact', customer, {}, options)
    },
    async handsOver(customer, to, options) {
      endRelation(stage, userid, customer, 'staff')
      befriend(stage, to.userid, customer, { addWay: 202 })
      const lost = await contactEvent('del_external_contact', customer, { Source: 'DELETE_BY_TRANSFER' }, options)
      const fields = contactFields(stage, 'add_external_contact', to.userid, customer, {})
      return [...lost, ...(await stage.send('wecom', fields, options))]
    },

    async taps(button, options = {}) {
      const has = (card: PhoneMessage) => card.buttons.find(({ text, key }) => text === button || key === button)
      const card =
        options.card ??
        phoneOf(desk.world, userid)
          .toReversed()
          .find((one) => !one.replacedBy && has(one))
      const key = card ? has(card)?.key : null
      if (!card || !key) throw new Error(`no card on ${userid}'s phone has a button ${button}`)
      return stage.send(
        'wecom',
        {
          ...appHead(stage, userid, 'template_card_event'),
          EventKey: key,
          TaskId: card.taskId ?? '',
          CardType: card.kind,
          ResponseCode: giveResponseCode(desk, card.msgId, userid),
          AgentID: desk.brand.agentId,
        },
        options,
      )
    },
    entersApp: (options) =>
      stage.send(
        'wecom',
        { ...appHead(stage, userid, 'enter_agent'), EventKey: '', AgentID: desk.brand.agentId },
        options,
      ),
    async takesName(name, options) {
      record.name = name
      return stage.send('wecom', memberFields(stage, userid, { Name: name }), options)
    },
    async takesUserid(next, options) {
      const { staff, follows } = desk.world
      delete staff[userid.toLowerCase()]
      staff[next.toLowerCase()] = { ...record, userid: next }
      for (const follow of follows) if (follow.userid === userid) follow.userid = next
      return stage.send('wecom', memberFields(stage, userid, { NewUserID: next }), options)
    },
    async leavesCompany(options) {
      const { staff, follows } = desk.world
      delete staff[userid.toLowerCase()]
      desk.world.follows = follows.filter((follow) => follow.userid !== userid)
      return stage.send('wecom', { ...memberFields(stage, userid, {}), ChangeType: 'delete_user' }, options)
    },
    opens: (url, options) => browser.opens(url, options),
  }
}

function appHead(stage: Stage, userid: string, event: string): Fields {
  return {
    ToUserName: stage.desk.brand.corpId,
    FromUserName: userid,
    CreateTime: seconds(stage),
    MsgType: 'event',
    Event: event,
  }
}

/** change_contact about a member, update_user unless told otherwise. Source: document/path/90970. */
function memberFields(stage: Stage, userid: string, more: Fields): Fields {
  return { ...appHead(stage, 'sys', 'change_contact'), ChangeType: 'update_user', UserID: userid, ...more }
}

/** change_external_tag of a group. Source: document/path/92130. */
export function tagFields(stage: Stage, changeType: 'create' | 'update', groupId: string): Fields {
  return { ...appHead(stage, 'sys', 'change_external_tag'), Id: groupId, TagType: 'tag_group', ChangeType: changeType }
}

/** change_external_contact. Source: document/path/92130. */
export function contactFields(
  stage: Stage,
  changeType: string,
  userid: string,
  customer: { externalUserId: string },
  more: Fields,
): Fields {
  return {
    ToUserName: stage.desk.brand.corpId,
    FromUserName: 'sys',
    CreateTime: seconds(stage),
    MsgType: 'event',
    Event: 'change_external_contact',
    ChangeType: changeType,
    UserID: userid,
    ExternalUserID: customer.externalUserId,
    ...more,
  }
}

function befriend(stage: Stage, userid: string, customer: CustomerActor, options: Adding): void {
  const { world } = stage.desk
  world.follows = world.follows.filter((one) => one.userid !== userid || one.externalUserId !== customer.externalUserId)
  world.counter += 1
  world.follows.push({
    userid,
    externalUserId: customer.externalUserId,
    createdAtMs: (options.at ?? stage.desk.now()).getTime(),
    state: options.state ?? null,
    addWay: options.addWay ?? 1,
    remark: options.remark ?? '',
    endedBy: null,
  })
}

/** Ends a relation from one side; what externalcontact/get then tells is the world's matter. */
export function endRelation(
  stage: Stage,
  userid: string,
  customer: { externalUserId: string },
  by: 'staff' | 'customer',
): void {
  const follow = stage.desk.world.follows.find(
    (one) => one.userid === userid && one.externalUserId === customer.externalUserId,
  )
  if (!follow) throw new Error(`${userid} does not have this customer`)
  follow.endedBy = by
}
