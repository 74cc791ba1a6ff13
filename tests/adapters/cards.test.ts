import { describe, expect, test } from 'vitest'
import type { TencentApi } from '../../server/adapters/tencent/api.ts'
import { cut } from '../../server/adapters/wecom/card-text.ts'
import { weComMessenger } from '../../server/adapters/wecom/messenger.ts'
import { TencentRefused } from '../../server/domain/errors.ts'
import type { ExternalUserId } from '../../server/domain/ids.ts'
import type { Card } from '../../server/ports/messenger.ts'

interface Printed {
  touser: string
  agentid: number
  template_card: {
    main_title: { title: string }
    sub_title_text?: string
    horizontal_content_list?: { keyname: string; value: string }[]
    card_action: { type: number; url: string }
    button_list?: { text: string; key: string }[]
    task_id: string
  }
}

/** Answers every call as told; remembers what was posted. */
function apiSaying(outcome: object | Error): TencentApi & { posted: { api: string; body: unknown }[] } {
  const posted: { api: string; body: unknown }[] = []
  return {
    posted,
    get: () => Promise.reject(new Error('only posts here')),
    async post(api, body, shape) {
      posted.push({ api, body })
      if (outcome instanceof Error) throw outcome
      return shape.parse(outcome)
    },
  }
}

const place = { agentId: 1000002, publicUrl: 'https://crm.example.com', timeZone: 'Asia/Shanghai' }
const messenger = weComMessenger({ ...place, api: apiSaying({}) })

const plain: Extract<Card, { kind: 'card' }> = {
  kind: 'card',
  id: 'alert-0001',
  userid: 'ZhangSan',
  externalUserId: 'wmA/B+c=' as ExternalUserId,
  alertKey: 'basket|10001|e1',
  title: '林小姐 加购了羊绒大衣，还没下单',
  evidence: [
    { at: new Date('2026-03-02T12:31:00Z'), text: '加购「羊绒大衣」' },
    { at: new Date('2026-03-02T11:05:00Z'), text: '第 3 次打开《早春外套怎么选》' },
  ],
  also: [],
}

function printed(card: Card): Printed['template_card'] {
  return (JSON.parse(messenger.print(card)) as Printed).template_card
}

describe('E4: the card', () => {
  test('says who, what and why now, and leads to the customer', () => {
    expect(JSON.parse(messenger.print(plain))).toEqual({
      touser: 'ZhangSan',
      msgtype: 'template_card',
      agentid: 1000002,
      template_card: {
        card_type: 'button_interaction',
        source: { desc: '客户动态', desc_color: 0 },
        main_title: { title: '林小姐 加购了羊绒大衣，还没下单' },
        horizontal_content_list: [
          { keyname: '20:31', value: '加购「羊绒大衣」' },
          { keyname: '19:05', value: '第 3 次打开《早春外套怎么选》' },
        ],
        task_id: 'alert-0001',
        card_action: { type: 1, url: 'https://crm.example.com/sidebar/#/customer/wmA%2FB%2Bc%3D?alert=basket%7C10001%7Ce1' },
        button_list: [
          { text: '跟进中', style: 1, key: 'following' },
          { text: '稍后', style: 2, key: 'later' },
          { text: '没用', style: 2, key: 'not-useful' },
        ],
      },
      enable_duplicate_check: 1,
      duplicate_check_interval: 14400,
    })
  })

  test('a key that a link cannot carry leads to the customer', () => {
    const linkOf = (alertKey: string) => (printed({ ...plain, alertKey }).card_action as { url: string }).url
    expect(linkOf("it's (5)!")).toBe('https://crm.example.com/sidebar/#/customer/wmA%2FB%2Bc%3D?alert=it%27s%20%285%29%21')
    expect(linkOf('长'.repeat(400))).toBe('https://crm.example.com/sidebar/#/customer/wmA%2FB%2Bc%3D')
  })

  test('prints the same bytes for the same card', () => {
    expect(messenger.print(structuredClone(plain))).toBe(messenger.print(plain))
  })

  test('tells the day where the evidence spans more than one, midnight of the store deciding', () => {
    const evidence = [
      { at: new Date('2026-03-01T16:30:00Z'), text: '三月二日零点半' },
      { at: new Date('2026-03-01T15:30:00Z'), text: '三月一日夜里' },
    ]
    const rows = printed({ ...plain, evidence }).horizontal_content_list
    expect(rows?.map((row) => row.keyname)).toEqual(['03-02', '03-01'])
  })

  test('of another day than that on which it rings the day comes first, then the time', () => {
    const evidence = [{ at: new Date('2026-03-01T12:27:00Z'), text: '电话后记的' }]
    const rowsAt = (at: string, lines = evidence) => printed({ ...plain, evidence: lines, at: new Date(at) }).horizontal_content_list
    expect(rowsAt('2026-03-01T13:00:00Z')).toEqual([{ keyname: '20:27', value: '电话后记的' }])
    expect(rowsAt('2026-03-02T02:27:00Z')).toEqual([{ keyname: '昨天', value: '20:27 电话后记的' }])
    expect(rowsAt('2026-03-09T02:27:00Z')).toEqual([{ keyname: '03-01', value: '20:27 电话后记的' }])
    expect(rowsAt('2026-03-02T12:31:00Z', [...plain.evidence, ...evidence])?.map(({ keyname }) => keyname)).toEqual(['今天', '今天', '昨天'])
  })

  test('what a long title ends with stands below it, once', () => {
    const tail = '她周五晚上来试驼色大衣，要 M 码，记得留一件，再问问她妹妹来不来'
    expect(printed({ ...plain, title: `林小姐 约好这时联系：${tail}`, tail })).toMatchObject({ main_title: { title: '林小姐 约好这时联系' }, sub_title_text: tail })
    expect(printed({ ...plain, title: '林小姐 约好这时联系：试大衣', tail: '试大衣' })).not.toHaveProperty('sub_title_text')
  })

  test('adds what else happened, at most six rows, the rest as a number', () => {
    const evidence = [...plain.evidence, { at: new Date('2026-03-02T10:00:00Z'), text: '关注了公众号' }]
    const also = ['分享了《A》', '读了《B》', '问了价格', '又读了《C》']
    const rows = printed({ ...plain, evidence, also }).horizontal_content_list
    expect(rows?.slice(3)).toEqual([
      { keyname: '还有', value: '分享了《A》' },
      { keyname: '还有', value: '读了《B》' },
      { keyname: '还有', value: '2 条，点开查看' },
    ])
  })

  test('without evidence or anything else has no empty list', () => {
    expect(printed({ ...plain, evidence: [] })).not.toHaveProperty('horizontal_content_list')
  })
})

describe('E4: the digest', () => {
  const digest: Extract<Card, { kind: 'digest' }> = {
    kind: 'digest',
    id: 'digest-0001',
    userid: 'mei',
    title: '昨晚有 8 位客户有动静',
    lines: Array.from({ length: 8 }, (_, index) => `客户${index + 1} 关注了公众号`),
  }

  test('is a notice with a link to the inbox and no buttons', () => {
    const card = printed(digest)
    expect(card).toMatchObject({ card_type: 'text_notice', main_title: { title: '昨晚有 8 位客户有动静' } })
    expect(card.card_action).toEqual({ type: 1, url: 'https://crm.example.com/sidebar/#/inbox' })
    expect(card).not.toHaveProperty('button_list')
    expect(card.horizontal_content_list).toHaveLength(6)
    expect(card.horizontal_content_list?.at(0)).toEqual({ keyname: '1', value: '客户1 关注了公众号' })
    expect(card.horizontal_content_list?.at(-1)).toEqual({ keyname: '还有', value: '3 条，点开查看' })
  })

  test('of one line needs no number of others', () => {
    expect(printed({ ...digest, lines: ['林小姐 问价格'] }).horizontal_content_list).toEqual([
      { keyname: '1', value: '林小姐 问价格' },
    ])
  })
})

const family = '👨‍👩‍👧‍👦'
const nasty: [string, string][] = [
  ['a name of 20 characters', `${'欧'.repeat(20)} 加购了羊绒大衣，还没下单`],
  ['a title of 60 characters', `林小姐 第 3 次打开《${'长'.repeat(60)}》`],
  ['nothing but emoji', '😀'.repeat(40)],
  ['families of emoji', family.repeat(20)],
  ['letters under heaps of accents', `e${'\u0301'.repeat(300)}`],
  ['line breaks and control characters', `林\n小\u0000姐\t\u2028${'买'.repeat(200)}`],
  ['half a surrogate pair', `林${'\ud83d'}小姐`],
  ['quotes and angle brackets', '"</xml>\\'.repeat(30)],
]

describe('E4: limits of the card', () => {
  test.each(nasty)('hold for %s', (_name, text) => {
    const evidence = Array.from({ length: 5 }, () => ({ at: new Date('2026-03-02T12:31:00Z'), text }))
    const card = printed({ ...plain, title: text, evidence, also: Array.from({ length: 9 }, () => text) })
    const rows = card.horizontal_content_list ?? []
    expect(card.main_title.title.length).toBeLessThanOrEqual(26)
    expect(card.main_title.title.length).toBeGreaterThan(0)
    expect((card.sub_title_text ?? '').length).toBeLessThanOrEqual(112)
    expect(rows.length).toBeLessThanOrEqual(6)
    for (const { keyname, value } of rows) {
      expect([...keyname].length).toBeLessThanOrEqual(5)
      expect(value.length).toBeLessThanOrEqual(26)
    }
    const bytes = Buffer.from(JSON.stringify(card))
    expect(bytes.toString()).not.toMatch(/\\u0000|\\ud83d"|\ufffd|\\n/)
  })

  test('a title that was cut stands in full below', () => {
    const title = `${'欧'.repeat(20)} 加购了羊绒大衣，还没下单`
    const card = printed({ ...plain, title })
    expect(card.main_title.title).toBe(`${'欧'.repeat(20)} 加购了羊…`)
    expect(card.sub_title_text).toBe(title)
  })

  test.each([
    ['羊绒大衣', 4, '羊绒大衣'],
    ['羊绒大衣啊', 4, '羊绒大…'],
    [`好${family}好`, 6, '好…'],
    ['😀😀😀', 6, '😀😀😀'],
    ['😀😀😀😀', 6, '😀😀…'],
    ['  a   b ', 9, 'a b'],
  ])('cut %s at %i is %s', (text, limit, result) => {
    expect(cut(text, limit)).toBe(result)
  })
})

describe('E6: sending', () => {
  test('tells message id, response code and whom WeCom could not reach', async () => {
    const answer = { msgid: 'M1', response_code: 'R1', invaliduser: 'ZhangSan|lisi' }
    const api = apiSaying(answer)
    const result = await weComMessenger({ ...place, api }).send('{"frozen":1}')
    expect(result).toEqual({ msgId: 'M1', responseCode: 'R1', invalidUsers: ['zhangsan', 'lisi'], alreadySent: false })
    expect(api.posted).toEqual([{ api: '/cgi-bin/message/send', body: '{"frozen":1}' }])
  })

  test('tells that a task_id exists already', async () => {
    const api = apiSaying(new TencentRefused('/cgi-bin/message/send', 42014))
    expect(await weComMessenger({ ...place, api }).send('{}')).toMatchObject({ alreadySent: true, msgId: null })
  })

  test('knows the errcode for it as told', async () => {
    const api = apiSaying(new TencentRefused('/cgi-bin/message/send', 42014))
    const told = weComMessenger({ ...place, api, taskExists: new Set([42999]) })
    await expect(told.send('{}')).rejects.toMatchObject({ errcode: 42014 })
  })

  test('passes every other refusal on', async () => {
    const api = apiSaying(new TencentRefused('/cgi-bin/message/send', 81013))
    await expect(weComMessenger({ ...place, api }).send('{}')).rejects.toMatchObject({ errcode: 81013 })
  })

  test('updates a card by one grey text and recalls by message id', async () => {
    const api = apiSaying({ errcode: 0, invaliduser: ['x'] })
    const it = weComMessenger({ ...place, api })
    await it.updateCard({ responseCode: 'R1', userids: ['mei'], replaceName: '跟进中 · 20:40 · 已经联系过了' })
    await it.recall('M1')
    expect(api.posted).toEqual([
      {
        api: '/cgi-bin/message/update_template_card',
        body: { userids: ['mei'], agentid: 1000002, response_code: 'R1', button: { replace_name: '跟进中 · 20:…' } },
      },
      { api: '/cgi-bin/message/recall', body: { msgid: 'M1' } },
    ])
  })
})
