import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { renderArticle } from '../../webhooks/links/markdown.ts'
import { agents, fixture, openEars, type Ears } from './support/ears.ts'
import { phoneOf, scriptData } from './support/phone.ts'

const lin = { openId: 'o-lin' }
const title = '羊绒大衣怎么养，才能穿十年'

let ears: Ears
beforeEach(async () => {
  ears = await openEars()
  await ears.publish({ id: 'coat', title, markdown: fixture('article.md'), addedAt: new Date('2026-03-02T01:00:00+08:00') })
})
afterEach(() => ears.close())

describe('A5 the reader page', () => {
  test('is whole without script and stays below 30 KB', async () => {
    const { html } = await phoneOf(ears, lin).opens('/l/coat-mei')
    const withoutScript = html.replace(/<script.*?<\/script>/gs, '')
    expect(Buffer.byteLength(html)).toBeLessThan(30 * 1024)
    expect(withoutScript).toContain('<h2>每天只做三件小事</h2>')
    expect(withoutScript).toContain('2026年3月2日 · 约 1 分钟')
    expect(html.match(/<h1/g)).toHaveLength(1)
    expect(html).toContain('loading="lazy"')
  })

  test('says who notes what, and that nothing depends on it', async () => {
    const { html } = await phoneOf(ears, lin).opens('/l/coat-mei')
    expect(html).toContain('会记下您打开这篇文章的时间')
    expect(html).toContain('都不影响阅读')
    expect(html).toContain('用微信身份阅读</a>')
  })

  test('previews itself: title, description, picture', async () => {
    await ears.publish({ id: 'pic', title, markdown: '正文第一段', cover: 'https://img.example.com/a.jpg' })
    const { html } = await phoneOf(ears, lin, { userAgent: agents.safari }).opens('/l/pic-mei')
    expect(html).toContain(`<meta property="og:title" content="${title}">`)
    expect(html).toContain('<meta property="og:description" content="正文第一段">')
    expect(html).toContain('<meta property="og:image" content="https://img.example.com/a.jpg">')
    expect(html).toContain('<meta property="og:url" content="https://brand.example.com/l/pic-mei">')
  })

  test('is never cached, indexed, sniffed, or framed by strangers', async () => {
    const { headers } = await phoneOf(ears, lin).opens('/l/coat-mei')
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(headers.get('X-Robots-Tag')).toBe('noindex')
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    const policy = headers.get('Content-Security-Policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'self' https://brand.example.com https://mall.example.com")
    expect(policy).not.toContain('unsafe')
  })

  test('markup and script in an article stay text', async () => {
    await ears.publish({ id: 'hostile', title: '</title><script>alert(0)</script>"', markdown: fixture('hostile.md') })
    const { html } = await phoneOf(ears, lin).opens('/l/hostile-mei')
    expect(html.match(/<script/g)).toHaveLength(2)
    expect(html.match(/<\/script>/g)).toHaveLength(2)
    expect(html).not.toMatch(/<img src=x|<iframe|href="(javascript|data):|src="javascript:/)
    expect(html).toContain('&lt;/title&gt;&lt;script&gt;')
  })

  test('a cover that is no web address is left out', async () => {
    await ears.publish({ id: 'odd', markdown: '字', cover: 'javascript:alert(1)' })
    const { html } = await phoneOf(ears, lin).opens('/l/odd-mei')
    expect(html).not.toMatch(/og:image|class="cover"/)
  })

  test('where the public address is http, as on a developer’s machine, cookies go without Secure', async () => {
    const plain = await openEars({ publicUrl: 'http://brand.example.com' })
    await plain.publish({ id: 'coat', title, markdown: '字' })
    const answer = await phoneOf(plain, lin).request('/l/coat-mei')
    await plain.close()
    expect(answer.headers.get('Location')).toContain(encodeURIComponent('http://brand.example.com/l/callback'))
    expect(answer.headers.getSetCookie().join()).toContain('Path=/l/callback')
    expect(answer.headers.getSetCookie().join()).not.toContain('Secure')
  })

  test.each([
    ['# 标题\n\n正文', '标题', '正文', 1],
    ['# 另一个\n\n正文', '标题', '另一个 正文', 1],
    ['字'.repeat(1000), '标题', '字'.repeat(120), 3],
    ['', '标题', '', 1],
  ])('description and length of %j', (markdown, heading, description, minutes) => {
    expect(renderArticle(markdown, heading)).toMatchObject({ description, minutes })
  })
})

describe('A5 how long, how far', () => {
  test('each part is one event of the arrival, once', async () => {
    const { report } = await visit()
    ears.later(120)
    const answers = [
      await report({ part: 0, seconds: 42, percent: 60 }),
      await report({ part: 0, seconds: 42, percent: 60 }),
      await report({ part: 1, seconds: 9.7, percent: 99.6 }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204])
    expect(reads()).toEqual([
      {
        key: expect.stringMatching(/^read:[\w-]{21}:0$/),
        at: ears.clock.now(),
        who: { kind: 'openid', appId: 'wxaccount', openId: 'o-lin' },
        source: 'tracked-link',
        kind: 'read-content',
        contentId: 'coat',
        title,
        seconds: 42,
        percent: 60,
      },
      expect.objectContaining({ seconds: 9, percent: 100 }),
    ])
  })

  test.each([[60, 5_000, 65], [7_200, 5_000, 1_800], [60, 0.4, null]])(
    '%i s after the arrival a report of %d s counts as %s',
    async (passed, seconds, counted) => {
      const { report } = await visit()
      ears.later(passed)
      await report({ part: 0, seconds, percent: 10 })
      expect(reads().map((event) => event.kind === 'read-content' && event.seconds)).toEqual(counted === null ? [] : [counted])
    },
  )

  test.each([
    [{ part: -1, seconds: 1, percent: 1 }, 400],
    [{ part: 720, seconds: 1, percent: 1 }, 400],
    [{ part: 0, seconds: -1, percent: 1 }, 400],
    [{ part: 0, seconds: 1, percent: 101 }, 400],
    [{ part: 0, seconds: '1', percent: 1 }, 400],
    [{ part: 0, seconds: 1, percent: 1, visit: 'forged.visit' }, 401],
    [{ part: 0, seconds: 1, percent: 1, filler: 'x'.repeat(9_000) }, 413],
  ])('a report that is wrong (case %#) is refused', async (body, status) => {
    const { report } = await visit()
    ears.later(60)
    expect((await report(body)).status).toBe(status)
    expect(reads()).toEqual([])
  })

  test('a visit is good for its own page, for half a day', async () => {
    const { report } = await visit()
    const elsewhere = await report({ part: 0, seconds: 1, percent: 1 }, '/l/other/read')
    ears.later(12 * 3600)
    const late = await report({ part: 0, seconds: 1, percent: 1 })
    expect([elsewhere.status, late.status]).toEqual([401, 401])
  })

  test('B1 the store away is 503', async () => {
    const { report } = await visit()
    ears.inbox.weather.away = true
    expect((await report({ part: 0, seconds: 3, percent: 1 })).status).toBe(503)
  })
})

/** Opens the page; `report` posts what its script would, and what it would not. */
async function visit() {
  const phone = phoneOf(ears, lin)
  const { html } = await phone.opens('/l/coat-mei')
  const { to, visit: ticket } = scriptData(html).read ?? { to: '', visit: '' }
  const report = (body: object, path = to) =>
    phone.request(path, { method: 'POST', body: JSON.stringify({ visit: ticket, ...body }) })
  return { report, ticket }
}

function reads() {
  return ears.events().filter((event) => event.kind === 'read-content')
}
