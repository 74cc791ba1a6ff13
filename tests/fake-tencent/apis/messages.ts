import { z } from 'zod'
import { postApi, Refusal, type Api, type Desk } from '../api.ts'
import { nextId, staffOf, type MessageRecord } from '../world.ts'
import { sendShape, updateShape } from './message-shape.ts'

const dayMs = 86_400_000
const perMinute = 30
const perHour = 1000

type Sent = z.infer<typeof sendShape>
const none = z.strictObject({})

/**
 * message/send. Above 30 a minute or 1,000 an hour a member's message vanishes although the answer is 0.
 * A repeated task_id answers 42014 (unconfirmed by the manual, likely). Source: document/path/90236.
 */
const send = postApi(['agent'], none, sendShape, (desk, { body, text }) => {
  if (body.agentid !== desk.brand.agentId) throw new Refusal(301002, 'not allow operate another agent', true)
  const nowMs = desk.now().getTime()
  const same = desk.world.messages.find((one) => one.json === text && (one.duplicateUntilMs ?? 0) > nowMs)
  if (same) return { invaliduser: '', msgid: same.msgId }
  refuseKnownTask(desk, body)
  const { reached, invalid } = recipients(desk, body)
  if (reached.length === 0) throw new Refusal(81013, 'user & party & tag all invalid')
  const message: MessageRecord = {
    msgId: nextId(desk.world, 'msg'),
    json: text,
    body,
    shownTo: reached.filter((userid) => withinLimits(desk, userid, nowMs)),
    atMs: nowMs,
    recalled: false,
    replacedBy: {},
    cards: {},
    duplicateUntilMs: body.enable_duplicate_check === 1 ? nowMs + (body.duplicate_check_interval ?? 1800) * 1000 : null,
  }
  desk.world.messages.push(message)
  desk.phoneChanged()
  return {
    invaliduser: invalid.join('|'),
    invalidparty: '',
    invalidtag: '',
    unlicenseduser: '',
    msgid: message.msgId,
    ...(answersTaps(body) ? { response_code: giveResponseCode(desk, message.msgId, null) } : {}),
  }
})

function answersTaps(body: Sent): boolean {
  const card = body.template_card
  return card?.card_type === 'button_interaction' || card?.action_menu !== undefined
}

function refuseKnownTask(desk: Desk, body: Sent): void {
  const task = body.template_card?.task_id
  if (task === undefined) return
  const known = desk.world.messages.some((one) => one.body.template_card?.task_id === task)
  if (known) throw new Refusal(42014, 'invalid task_id: it exists already')
}

function recipients(desk: Desk, body: Sent): { reached: string[]; invalid: string[] } {
  const all = Object.values(desk.world.staff).filter((one) => one.inVisibleRange)
  if (body.touser === '@all') return { reached: all.map((one) => one.userid.toLowerCase()), invalid: [] }
  const asked = [...new Set((body.touser ?? '').split('|').map((one) => one.toLowerCase()))].filter(Boolean)
  const ok = (userid: string) => staffOf(desk.world, userid)?.inVisibleRange === true
  return { reached: asked.filter(ok), invalid: asked.filter((one) => !ok(one)) }
}

function withinLimits(desk: Desk, userid: string, nowMs: number): boolean {
  const times = desk.world.messages.filter((one) => one.shownTo.includes(userid)).map((one) => one.atMs)
  const since = (ms: number) => times.filter((at) => at > nowMs - ms).length
  const within = since(60_000) < perMinute && since(3_600_000) < perHour
  if (!within) desk.problem(`message/send: above the member's limit, silently dropped`)
  return within
}

/** A code that updates the card once within 72 h. */
export function giveResponseCode(desk: Desk, msgId: string, userid: string | null): string {
  const code = nextId(desk.world, 'resp')
  desk.world.responseCodes[code] = { msgId, userid, atMs: desk.now().getTime(), used: false }
  return code
}

/** Source: document/path/94888. */
const update = postApi(['agent'], none, updateShape, (desk, { body }) => {
  if (body.agentid !== desk.brand.agentId) throw new Refusal(42015, 'agentid mismatch', true)
  const code = desk.world.responseCodes[body.response_code]
  if (!code) throw new Refusal(60140, 'invalid response_code', true)
  if (code.used) throw new Refusal(60140, 'response_code used before', true)
  if (code.atMs + 3 * dayMs < desk.now().getTime()) throw new Refusal(60140, 'response_code expired')
  code.used = true
  const message = desk.world.messages.find((one) => one.msgId === code.msgId)
  const asked = body.atall === 1 ? (message?.shownTo ?? []) : (body.userids ?? []).map((one) => one.toLowerCase())
  if (asked.length === 0) throw new Refusal(82001, 'no recipient', true)
  for (const userid of asked) {
    if (body.button && message) message.replacedBy[userid] = body.button.replace_name
    if (body.template_card && message) message.cards[userid] = body.template_card
  }
  desk.phoneChanged()
  return { invaliduser: asked.filter((one) => !message?.shownTo.includes(one)) }
})

const recall = postApi(['agent'], none, z.strictObject({ msgid: z.string().min(1) }), (desk, { body }) => {
  const message = desk.world.messages.find((one) => one.msgId === body.msgid)
  if (!message) throw new Refusal(40058, 'unknown msgid', true)
  if (message.atMs + dayMs < desk.now().getTime()) throw new Refusal(40058, 'older than 24 h', true)
  message.recalled = true
  desk.phoneChanged()
  return {}
})

export const messages: Record<string, Api> = {
  '/cgi-bin/message/send': send,
  '/cgi-bin/message/update_template_card': update,
  '/cgi-bin/message/recall': recall,
}
