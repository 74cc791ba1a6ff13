import { describe, expect, test } from 'vitest'
import { shippedRules } from '../../config/rules.ts'
import { parseRules } from '../../config/rules-file.ts'
import { loadSentences, parseSentences } from '../../config/sentences.ts'
import { ConfigInvalid } from '../../server/domain/errors.ts'
import { wallClock } from '../../server/domain/local-time.ts'
import { freshGreeting, greetingAt, openersFor } from '../../server/domain/sentences.ts'
import { day, hour, minute, second, start } from './events.ts'

const wall = wallClock('Asia/Shanghai')

const counting = { id: 'R1', shape: 'counting', on: ['view-item'], per: 'object', count: 3, window: '24h' }
const missing = { id: 'R2', shape: 'missing-step', start: ['add-to-cart'], cancel: ['order'], within: '2h' }
const single = { id: 'R3', shape: 'single', on: ['sent-message'], keywords: ['多少钱'] }

/** What ConfigInvalid names; fails when nothing is thrown. */
function problemsOf(parse: () => unknown): readonly string[] {
  try {
    parse()
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.problems
    throw error
  }
  throw new Error('nothing was refused')
}

describe('E1 a rules file', () => {
  test('the three shapes, with their defaults', () => {
    expect(parseRules({ rules: [counting, { ...missing, coolDown: '7d' }, single] })).toMatchObject([
      { id: 'R1', per: 'object', distinct: false, count: 3, windowMs: day, spacingMs: 0, coolDownMs: 0, urgency: 'now', direct: false, names: { zh: 'R1', en: 'R1' } },
      { id: 'R2', delayMs: 2 * hour, coolDownMs: 7 * day, start: ['add-to-cart'], cancel: ['order'] },
      { id: 'R3', keywords: ['多少钱'] },
    ])
  })

  test.each([
    ['60s', minute],
    ['30m', 30 * minute],
    ['24h', day],
    ['7d', 7 * day],
  ])('a length of time: %s', (window, windowMs) => {
    expect(parseRules({ rules: [{ ...counting, window }] })).toMatchObject([{ windowMs }])
  })

  test.each<[string, unknown, string]>([
    ['no object', 'rules', 'the file '],
    ['no rules', { rules: [] }, 'rules needs at least one rule'],
    ['a number for a time', { rules: [{ ...counting, window: 24 }] }, 'rules[0].window '],
    ['a time without unit', { rules: [{ ...counting, window: '24' }] }, 'rules[0].window must be a length of time such as "60s", "30m", "24h" or "7d"'],
    ['an unknown kind', { rules: [counting, { ...missing, cancel: ['bought'] }] }, 'rules[1].cancel[0] is no kind of event: "bought"'],
    ['an unknown shape', { rules: [{ ...counting, shape: 'often' }] }, 'rules[0].shape '],
    ['an unknown field', { rules: [{ ...counting, every: 3 }] }, 'rules[0] '],
    ['the same id twice', { rules: [counting, counting] }, 'rules[1].id is taken by rules[0]'],
    ['spacing of different objects', { rules: [{ ...counting, distinct: true, spacing: '60s' }] }, 'rules[0].spacing has no meaning'],
    ['a cool-down that is none', { rules: [{ ...counting, coolDown: 'never' }] }, 'rules[0].coolDown must be a length of time such as "24h", or "0"'],
  ])('refused with its place: %s', (_, json, problem) => {
    expect(problemsOf(() => parseRules(json))).toEqual([expect.stringContaining(problem)])
  })
})

test('E1 the shipped thresholds are those agreed upon', () => {
  const byId = new Map(shippedRules.map((rule) => [rule.id, rule]))
  expect(byId.get('article-read-again')).toMatchObject({ count: 3, windowMs: day, spacingMs: 60 * second, coolDownMs: day })
  expect(byId.get('article-shared-again')).toMatchObject({ count: 2, windowMs: 7 * day, coolDownMs: day })
  expect(byId.get('added-to-basket')).toMatchObject({ coolDownMs: day })
  expect(byId.get('basket-not-ordered')).toMatchObject({ delayMs: 2 * hour, coolDownMs: day })
  expect(byId.get('comparing')).toMatchObject({ count: 5, distinct: true, per: 'category', windowMs: hour, coolDownMs: day })
  for (const id of ['followed', 'unfollowed', 'asks-for-a-price', 'order-paid', 'refund-asked']) expect(byId.get(id)).toMatchObject({ coolDownMs: 0 })
  expect(shippedRules.filter(({ direct }) => direct).map(({ id }) => id)).toEqual(['asks-for-a-price', 'asks-about-a-product'])
  for (const { tag } of shippedRules) expect([...tag].length).toBeLessThanOrEqual(5)
})

describe('E2 the sentences file', () => {
  const good = { rules: { comparing: ['{customer}，您好一', '{customer}，您好二', '{customer}，您好三'] }, fallback: ['您好，一二三', '您好，四五六', '您好，七八九'] }
  const facts = { customer: '林小姐', item: null, article: null, category: null, staff: null }

  test('the shipped one has at least three variants for every shipped rule and for briefings', () => {
    const { rules } = loadSentences()
    for (const { id } of shippedRules) expect(rules[id]?.length).toBeGreaterThanOrEqual(3)
    expect(rules['briefing']?.length).toBeGreaterThanOrEqual(3)
  })

  test.each([
    ['two variants only', { ...good, rules: { comparing: good.rules.comparing.slice(1) } }, 'sentences.json rules.comparing: needs at least 3 variants'],
    ['an unknown placeholder', { ...good, fallback: [...good.fallback, '{name}，您好'] }, 'sentences.json fallback[3]: has an unknown placeholder {name}'],
    ['watching', { ...good, fallback: [...good.fallback, '您看了三次大衣'] }, 'sentences.json fallback[3]: shows that we were watching: 「看了」'],
    ['half a brace', { ...good, fallback: [...good.fallback, '{customer，您好'] }, 'sentences.json fallback[3]: has a brace without its partner'],
    ['a fallback that needs facts', { ...good, fallback: ['{item}一二三', '{item}四五六', '您好，七八九'] }, 'sentences.json fallback: needs at least 3 variants with no placeholder but'],
  ])('refused with its place: %s', (_, content, problem) => {
    expect(problemsOf(() => parseSentences(content))).toEqual([expect.stringContaining(problem)])
  })

  test('a file that is not there or is no JSON is named', () => {
    expect(problemsOf(() => loadSentences(new URL('no-such-file.json', import.meta.url)))).toEqual([expect.stringContaining('no-such-file.json cannot be read as JSON')])
  })

  test('a variant whose fact is unknown is left out, the fallback fills up', () => {
    const sentences = { rules: { r: ['{customer}{greeting}，{item}怎么搭？', '{customer}，{staff}在', '{customer}好'] }, fallback: ['您好甲', '您好乙', '您好丙'] }
    expect(openersFor(sentences, 'r', { ...facts, item: '大衣', staff: '小梅' }, '早上好')).toEqual(['林小姐早上好，大衣怎么搭？', '林小姐，小梅在', '林小姐好'])
    expect(openersFor(sentences, 'r', facts, '早上好')).toEqual(['林小姐好', '您好甲', '您好乙', '您好丙'])
    expect(openersFor(sentences, 'constructor', facts, '早上好')).toEqual(['您好甲', '您好乙', '您好丙'])
  })

  test.each([
    [-5 * hour - 1, '您好'],
    [-5 * hour, '早上好'],
    [hour - 1, '早上好'],
    [hour, '中午好'],
    [3 * hour, '下午好'],
    [8 * hour, '晚上好'],
    [13 * hour, '您好'],
  ])('the greeting %i ms after 10:00 is %s', (ms, greeting) => {
    expect(greetingAt(new Date(start + ms), wall)).toBe(greeting)
  })

  test('an evening greeting is a morning one in the morning', () => {
    expect(freshGreeting('林小姐晚上好，最近好吗？', '林小姐', '早上好')).toBe('林小姐早上好，最近好吗？')
    expect(freshGreeting('您好，晚上好', '林小姐', '早上好')).toBe('您好，晚上好')
  })
})
