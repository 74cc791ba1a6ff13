import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { agents, fixture, openEars, type Ears } from './support/ears.ts'
import { phoneOf, scriptData, sharedUrl, type Phone } from './support/phone.ts'

const article = { id: 'coat', title: '羊绒大衣怎么养', markdown: fixture('article.md') }

let ears: Ears
let lin: Phone
beforeEach(async () => {
  ears = await openEars()
  await ears.publish(article, ['mei', 'jing'])
  await ears.publish({ id: 'scarf', title: '围巾', markdown: '围巾的十种系法' })
  lin = phoneOf(ears, { openId: 'o-lin' })
})
afterEach(() => ears.close())

/** Opens a page as a person would share it onwards: the path behind its og:url. */
async function shareOf(phone: Phone, path: string): Promise<string> {
  const { html } = await phone.opens(path)
  return sharedUrl(html).replace(ears.publicUrl, '')
}

const shares = () => ears.events().filter((event) => event.kind === 'shared-content')
const opens = () => ears.events().filter((event) => event.kind === 'opened-content')

describe('A6 a share is an open by a different person', () => {
  test('the page carries the reader’s own token wherever it may be shared from', async () => {
    const { html } = await lin.opens('/l/coat-mei')
    expect(sharedUrl(html)).toBe('https://brand.example.com/l/coat-mei?s=token1')
    expect(scriptData(html).path).toBe('/l/coat-mei?s=token1')
  })

  test('a friend opens: one share by the sharer, one open by the friend', async () => {
    const link = await shareOf(lin, '/l/coat-mei')
    ears.later(3600)
    const hua = phoneOf(ears, { openId: 'o-hua' })
    const shown = await hua.opens(link)

    expect(shown.address).toBe(link)
    expect(shares()).toEqual([
      {
        key: expect.stringMatching(/^shared:[\w-]{43}$/),
        at: ears.clock.now(),
        who: { kind: 'openid', appId: 'wxaccount', openId: 'o-lin' },
        source: 'share-chain',
        kind: 'shared-content',
        contentId: 'coat',
        title: '羊绒大衣怎么养',
        friend: 'openid:wxaccount:o-hua',
      },
    ])
    expect(opens().map((event) => [event.who, 'viaShare' in event && event.viaShare])).toEqual([
      [{ kind: 'openid', appId: 'wxaccount', openId: 'o-lin' }, false],
      [{ kind: 'openid', appId: 'wxaccount', openId: 'o-hua' }, true],
    ])
  })

  test('nobody can read the friend out of the event’s key', async () => {
    const link = await shareOf(lin, '/l/coat-mei')
    await phoneOf(ears, { openId: 'o-hua' }).opens(link)
    expect(shares()[0]?.key).not.toContain('o-hua')
  })

  test('the same friend again, and through another copy, is still one share', async () => {
    const hua = phoneOf(ears, { openId: 'o-hua' })
    const links = [await shareOf(lin, '/l/coat-mei'), await shareOf(lin, '/l/coat-jing')]
    for (const link of [...links, ...links]) await hua.opens(link)
    expect(new Set(links).size).toBe(2)
    expect(shares()).toHaveLength(1)
    expect(opens().filter(({ who }) => who.kind === 'openid' && who.openId === 'o-hua')).toHaveLength(4)
  })

  test('after the inbox has forgotten, a repeat carries the same event key', async () => {
    const link = await shareOf(lin, '/l/coat-mei')
    const hua = phoneOf(ears, { openId: 'o-hua' })
    await hua.opens(link)
    ears.inbox.forget()
    await hua.opens(link)
    expect(new Set(shares().map(({ key }) => key)).size).toBe(1)
  })

  test('two friends, and two contents, are two shares', async () => {
    const coat = await shareOf(lin, '/l/coat-mei')
    const scarf = await shareOf(lin, '/l/scarf-mei')
    await phoneOf(ears, { openId: 'o-hua' }).opens(coat)
    await phoneOf(ears, { openId: 'o-wei' }).opens(coat)
    await phoneOf(ears, { openId: 'o-hua' }).opens(scarf)
    expect(new Set(shares().map(({ key }) => key)).size).toBe(3)
  })

  test('own opens and refreshes do not count', async () => {
    const link = await shareOf(lin, '/l/coat-mei')
    await lin.opens(link)
    await phoneOf(ears, { openId: 'o-lin' }).opens(link)
    expect(shares()).toEqual([])
    expect(opens()).toHaveLength(3)
    expect(opens().some((event) => 'viaShare' in event && event.viaShare)).toBe(false)
  })

  test.each([
    ['staff in WeCom', { userAgent: agents.weCom }, null],
    ['staff with a sidebar session', {}, 'staff'],
    ['a link-preview robot', { userAgent: agents.previewInWeChat }, null],
    ['a browser', { userAgent: agents.safari }, null],
  ])('%s does not count, and hands the token on', async (_, options, session) => {
    const link = await shareOf(lin, '/l/coat-mei')
    const phone = phoneOf(ears, { openId: 'o-other' }, options)
    if (session) phone.cookies.set('session', { value: session, path: '/' })
    const { html } = await phone.opens(link)
    expect(shares()).toEqual([])
    expect(sharedUrl(html)).toBe(ears.publicUrl + link)
  })

  test('a snapshot identity does not count', async () => {
    const link = await shareOf(lin, '/l/coat-mei')
    await phoneOf(ears, { openId: 'o-virtual', snapshot: true }).opens(link)
    expect(shares()).toEqual([])
  })

  test('a token that is made up, or of another content, proves nothing', async () => {
    const scarf = await shareOf(lin, '/l/scarf-mei')
    const token = scarf.split('?')[1]
    const hua = phoneOf(ears, { openId: 'o-hua' })
    for (const path of [`/l/coat-mei?${token}`, '/l/coat-mei?s=token999', '/l/coat-mei?s=a&s=b', '/l/coat-mei?s=']) {
      await hua.opens(path)
    }
    expect(shares()).toEqual([])
    const { html } = await phoneOf(ears, lin as never, { userAgent: agents.safari }).opens(`/l/coat-mei?${token}`)
    expect(sharedUrl(html)).toBe('https://brand.example.com/l/coat-mei')
  })
})

describe('A6 the chain', () => {
  test('each link of it counts for the one who passed it on', async () => {
    const first = await shareOf(lin, '/l/coat-mei')
    const hua = phoneOf(ears, { openId: 'o-hua' })
    const second = await shareOf(hua, first)
    await phoneOf(ears, { openId: 'o-wei' }).opens(second)

    expect(shares().map(({ who }) => who.kind === 'openid' && who.openId)).toEqual(['o-lin', 'o-hua'])
    const [own, child, grandchild] = [...ears.shares.tokens.values()]
    expect([own?.parent, child?.parent, grandchild?.parent]).toEqual([null, own?.token, child?.token])
  })

  test('a token never expires', async () => {
    const link = await shareOf(lin, '/l/coat-mei')
    ears.later(2 * 365 * 24 * 3600)
    await phoneOf(ears, { openId: 'o-hua' }).opens(link)
    expect(shares()).toHaveLength(1)
  })

  test('a first parent stays, whoever is come through later', async () => {
    const hua = phoneOf(ears, { openId: 'o-hua' })
    const link = await shareOf(lin, '/l/coat-mei')
    const other = await shareOf(phoneOf(ears, { openId: 'o-wei' }), '/l/coat-mei')
    await hua.opens(link)
    await hua.opens(other)
    const own = [...ears.shares.tokens.values()].find(({ visitor }) => visitor.endsWith('o-hua'))
    expect(own?.parent).toBe('token1')
    expect(shares()).toHaveLength(2)
  })
})

test('B1 killed between inbox and note: the share is not lost, and still one', async () => {
  const link = await shareOf(lin, '/l/coat-mei')
  const hua = phoneOf(ears, { openId: 'o-hua' })
  ears.shares.weather.crashBeforeNoting = true
  const crashed = await hua.opens(link)
  ears.shares.weather.crashBeforeNoting = false
  const again = await hua.opens(link)

  expect([crashed.status, again.status]).toEqual([503, 200])
  expect(shares()).toHaveLength(1)
  expect(ears.shares.noted.size).toBe(1)
})

describe('A6 the JS-SDK share card', () => {
  const jsSdkUrl = 'https://res.wx.qq.com/open/js/jweixin-1.6.0.js'

  test('carries the reader’s token, signed for the address the browser has', async () => {
    const own = await openEars({ jsSdkUrl })
    await own.publish({ ...article, cover: '/covers/coat.jpg' })
    const { html, headers } = await phoneOf(own, { openId: 'o-hua' }).opens('/l/coat-mei?s=token9&from=groupmessage')
    await own.close()
    const { share } = scriptData(html)
    expect(share?.sdk).toBe(jsSdkUrl)
    expect(share?.card).toMatchObject({
      title: '羊绒大衣怎么养',
      link: 'https://brand.example.com/l/coat-mei?s=token1',
      imgUrl: 'https://brand.example.com/covers/coat.jpg',
    })
    expect(own.tencent.signed).toEqual(['https://brand.example.com/l/coat-mei?s=token9'])
    expect(headers.get('Content-Security-Policy')).toContain("script-src 'nonce-")
  })

  test('is left out when Tencent cannot be asked; the address still carries the token', async () => {
    const own = await openEars({ jsSdkUrl })
    await own.publish(article)
    const phone = phoneOf(own, { openId: 'o-hua' })
    await phone.opens('/l/coat-mei')
    own.tencent.weather.down = true
    const { html } = await phone.opens('/l/coat-mei')
    await own.close()
    expect(scriptData(html)).toMatchObject({ share: null, path: '/l/coat-mei?s=token1' })
  })
})
