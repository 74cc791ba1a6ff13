import { z } from 'zod'

/**
 * Request bodies of message/send and message/update_template_card, without tolerance.
 * Source: document/path/90236, 94888, 94867.
 */

const bytes = (most: number) =>
  z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= most, `more than ${most} bytes`)
const flag = z.union([z.literal(0), z.literal(1)])
const link = bytes(2048).regex(/^https?:\/\//, 'a URL with its scheme')
const title = z.strictObject({ title: z.string().optional(), desc: z.string().optional() })

const row = z
  .strictObject({
    keyname: z.string().min(1),
    value: z.string().optional(),
    type: z.union([z.literal(1), z.literal(2), z.literal(3)]).optional(),
    url: link.optional(),
    media_id: z.string().optional(),
    userid: z.string().optional(),
  })
  .refine(({ type, url }) => type !== 1 || url !== undefined, 'type 1 needs url')

const action = z.strictObject({
  type: z.union([z.literal(1), z.literal(2)]),
  url: link.optional(),
  appid: z.string().optional(),
  pagepath: z.string().optional(),
})
const goes = action.refine(({ type, url, appid }) => (type === 1 ? url : appid) !== undefined, 'has no target')

const button = z
  .strictObject({
    text: z.string().min(1),
    style: z.number().int().min(1).max(4).optional(),
    type: flag.optional(),
    key: bytes(1024).optional(),
    url: link.optional(),
  })
  .refine(({ type = 0, key, url }) => (type === 0 ? key : url) !== undefined, 'type 0 needs key, type 1 url')

const common = {
  source: z
    .strictObject({
      icon_url: link.optional(),
      desc: z.string().optional(),
      desc_color: z.number().int().min(0).max(3).optional(),
    })
    .optional(),
  action_menu: z
    .strictObject({
      desc: z.string().optional(),
      action_list: z
        .array(z.strictObject({ text: z.string().min(1), key: bytes(1024) }))
        .min(1)
        .max(3),
    })
    .optional(),
  sub_title_text: z.string().optional(),
  quote_area: z
    .strictObject({
      type: z.number().int().min(0).max(2).optional(),
      url: link.optional(),
      appid: z.string().optional(),
      pagepath: z.string().optional(),
      title: z.string().optional(),
      quote_text: z.string().optional(),
    })
    .optional(),
  horizontal_content_list: z.array(row).max(6).optional(),
}

const taskId = z.string().regex(/^[0-9A-Za-z_\-@]{1,128}$/, 'task_id: letters, digits and _-@, at most 128')

const textNotice = z
  .strictObject({
    card_type: z.literal('text_notice'),
    ...common,
    task_id: taskId.optional(),
    main_title: title.optional(),
    emphasis_content: title.optional(),
    jump_list: z
      .array(z.strictObject({ title: z.string(), type: action.shape.type.optional(), url: link.optional() }))
      .max(3)
      .optional(),
    card_action: goes,
    replace_text: z.string().optional(),
  })
  .refine(
    (card) => (card.main_title?.title ?? card.sub_title_text) !== undefined,
    'needs main_title.title or sub_title_text',
  )
  .refine((card) => card.action_menu === undefined || card.task_id !== undefined, 'action_menu needs task_id')

const distinctKeys = (list: readonly { key?: string | undefined }[]) => {
  const keys = list.flatMap(({ key }) => (key === undefined ? [] : [key]))
  return new Set(keys).size === keys.length
}

const buttonInteraction = z.strictObject({
  card_type: z.literal('button_interaction'),
  ...common,
  task_id: taskId,
  main_title: title.refine((one) => Boolean(one.title), 'needs title'),
  button_list: z.array(button).min(1).max(6).refine(distinctKeys, 'button keys must differ'),
  card_action: goes.optional(),
  replace_text: z.string().optional(),
})

export const cardShape = z.discriminatedUnion('card_type', [textNotice, buttonInteraction])

const people = z.string().regex(/^[^|]+(\|[^|]+){0,999}$/, 'userids joined with |, at most 1000')

export const sendShape = z
  .strictObject({
    touser: people.optional(),
    toparty: z.string().optional(),
    totag: z.string().optional(),
    msgtype: z.enum(['text', 'textcard', 'markdown', 'template_card']),
    agentid: z.number().int(),
    safe: flag.optional(),
    enable_id_trans: flag.optional(),
    enable_duplicate_check: flag.optional(),
    duplicate_check_interval: z.number().int().min(1).max(14_400).optional(),
    text: z.strictObject({ content: bytes(2048) }).optional(),
    textcard: z
      .strictObject({
        title: z.string().min(1).max(128),
        description: z.string().min(1).max(512),
        url: link,
        btntxt: z.string().max(4).optional(),
      })
      .optional(),
    markdown: z.strictObject({ content: bytes(2048) }).optional(),
    template_card: cardShape.optional(),
  })
  .refine((body) => body[body.msgtype] !== undefined, 'the body named by msgtype is missing')
  .refine((body) => (body.touser ?? body.toparty ?? body.totag) !== undefined, 'no recipient')

export const updateShape = z
  .strictObject({
    userids: z.array(z.string().min(1)).min(1).max(1000).optional(),
    partyids: z.array(z.number().int()).max(100).optional(),
    tagids: z.array(z.number().int()).max(100).optional(),
    atall: flag.optional(),
    agentid: z.number().int(),
    response_code: z.string().min(1),
    button: z.strictObject({ replace_name: z.string().min(1) }).optional(),
    template_card: cardShape.optional(),
  })
  .refine(
    (body) => (body.button === undefined) !== (body.template_card === undefined),
    'either button or template_card',
  )
