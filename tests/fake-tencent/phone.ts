import type { CardBody, MessageRecord, World } from './world.ts'

/** One message as it stands on a member's phone now. */
export interface PhoneMessage {
  msgId: string
  taskId: string | null
  /** card_type, or msgtype for what is no card. */
  kind: string
  title: string
  desc: string
  /** Rows under the title: keyname and value. */
  lines: readonly { name: string; value: string }[]
  buttons: readonly { text: string; key: string | null }[]
  /** Grey text that took the buttons' place; null while they work. */
  replacedBy: string | null
  /** Where a tap on the card leads. */
  url: string | null
  at: Date
  /** The request as it came. */
  json: string
}

/** What the member's phone shows, oldest first, after recalls and updates. */
export function phoneOf(world: World, userid: string): readonly PhoneMessage[] {
  const owner = userid.toLowerCase()
  return world.messages.filter((one) => one.shownTo.includes(owner) && !one.recalled).map((one) => shown(one, owner))
}

function shown(message: MessageRecord, owner: string): PhoneMessage {
  const card = message.cards[owner] ?? message.body.template_card
  const head = { msgId: message.msgId, at: new Date(message.atMs), json: message.json }
  if (card) return { ...head, ...cardView(card), replacedBy: message.replacedBy[owner] ?? null }
  return { ...head, ...textView(message), taskId: null, lines: [], buttons: [], replacedBy: null }
}

function cardView(card: CardBody) {
  return {
    taskId: card.task_id ?? null,
    kind: card.card_type,
    title: card.main_title?.title ?? card.sub_title_text ?? '',
    desc: [card.main_title?.desc, card.main_title?.title ? card.sub_title_text : undefined].filter(Boolean).join('\n'),
    lines: (card.horizontal_content_list ?? []).map(({ keyname, value }) => ({ name: keyname, value: value ?? '' })),
    buttons: (card.button_list ?? []).map(({ text, key }) => ({ text, key: key ?? null })),
    url: card.card_action?.url ?? null,
  }
}

function textView({ body }: MessageRecord) {
  return {
    kind: body.msgtype,
    title: body.textcard?.title ?? body.text?.content ?? body.markdown?.content ?? '',
    desc: body.textcard?.description ?? '',
    url: body.textcard?.url ?? null,
  }
}
