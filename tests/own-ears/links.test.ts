import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MalformedCallback } from '../../server/domain/errors.ts'
import { parseLinks } from '../../webhooks/links/parse.ts'
import { accountId, agents, fixture, openEars, type Ears } from './support/ears.ts'
import { mallOf } from './support/mall.ts'
import { phoneOf, scriptData } from './support/phone.ts'
import { oauthPage } from './support/tencent.ts'

const lin = { openId: 'o-lin', unionId: 'u-lin' }
const coatArticle = { id: 'coat', title: '羊绒大衣怎么养', markdown: fixture('article.md') }

let ears: Ears
let slug: string
let beaconToken: string
beforeEach(async () => {
  ears = await openEars()
  slug = (await ears.publish(coatArticle))[0] ?? ''
})
afterEach(() => ears.close())

describe('A5 who opened', () => {
  test('in WeChat: silently through OAuth, and the arrival is recorded without any script', async () => {
    const shown = await phoneOf(ears, lin).opens(`/l/${slug}`)

    expect(shown.hops.map(({ status }) => status)).toEqual([302, 302, 200])
    expect(shown.hops[0]?.location).toContain('scope=snsapi_base')
    expect(shown.address).toBe(`/l/${slug}`)
    expect(ears.events()).toEqual([
      {
        key: expect.stringMatching(/^opened:[\w-]{21}$/),
        at: ears.clock.now(),
        who: { kind: 'openid', appId: 'wxaccount', openId: 'o-lin' },
        source: 'tracked-link',
        kind: 'opened-content',
        contentId: 'coat',
        title: '羊绒大衣怎么养',
        linkOf: 'mei',
        via: 'oauth',
        viaShare: false,
      },
    ])
  })

  test('every arrival is an event: the next ones by our cookie, without Tencent', async () => {
    const phone = phoneOf(ears, lin)
    await phone.opens(`/l/${slug}`)
    ears.later(60)
    const again = await phone.opens(`/l/${slug}`)
    expect(again.hops).toHaveLength(1)
    expect(ears.events().map((event) => 'via' in event && event.via)).toEqual(['oauth', 'cookie'])
    expect(new Set(ears.events().map(({ key }) => key)).size).toBe(2)
  })

  test('the cookie is HttpOnly, SameSite, Secure, below /l, and carries no unionid before consent', async () => {
    const { hops } = await phoneOf(ears, lin).opens(`/l/${slug}`)
    const line = hops[1]?.cookies.find((cookie) => cookie.startsWith('wl_visitor=')) ?? ''
    expect(line).toMatch(/; Max-Age=2592000; Path=\/l; HttpOnly; SameSite=Lax; Secure$/)
    const payload = Buffer.from(line.slice('wl_visitor='.length).split('.')[0] ?? '', 'base64url').toString()
    expect(payload).not.toContain('u-lin')
  })

  test('after a month the visitor is asked again, silently', async () => {
    const phone = phoneOf(ears, lin)
    await phone.opens(`/l/${slug}`)
    ears.later(30 * 24 * 3600)
    const again = await phone.opens(`/l/${slug}`)
    expect(again.hops).toHaveLength(3)
  })

  test.each([
    ['a changed cookie', (value: string) => swapUser(value)],
    ['a cookie without signature', (value: string) => value.split('.')[0] ?? ''],
    ['a token made for the beacon', () => beaconToken],
  ])('%s identifies nobody: OAuth decides', async (_, tamper) => {
    beaconToken = await mallOf(ears, accountId).login({ openId: 'o-mei' })
    const phone = phoneOf(ears, lin)
    await phone.opens(`/l/${slug}`)
    const kept = phone.cookies.get('wl_visitor')
    phone.cookies.set('wl_visitor', { value: tamper(kept?.value ?? ''), path: '/l' })
    await phone.opens(`/l/${slug}`)
    expect(ears.events().map(({ who }) => who.kind === 'openid' && who.openId)).toEqual(['o-lin', 'o-lin'])
    expect(ears.events().map((event) => 'via' in event && event.via)).toEqual(['oauth', 'oauth'])
  })

  test.each(['safari', 'weCom', 'spider', 'previewInWeChat', 'headless', 'httpLibrary'] as const)(
    'opened by %s: readable, unsigned, uncounted',
    async (name) => {
      const shown = await phoneOf(ears, lin, { userAgent: agents[name] }).opens(`/l/${slug}`)
      expect(shown.hops.map(({ status }) => status)).toEqual([200])
      expect(shown.hops[0]?.cookies).toEqual([])
      expect(shown.html).toContain('每天只做三件小事')
      expect(shown.html).toContain('您正在匿名阅读')
      expect(scriptData(shown.html)).toMatchObject({ read: null, share: null })
      expect(ears.inbox.kept).toEqual([])
    },
  )

  test('a HEAD request and a prefetch are nobody’s visit', async () => {
    const phone = phoneOf(ears, lin)
    await phone.opens(`/l/${slug}`)
    const head = await phone.opens(`/l/${slug}`, { method: 'HEAD' })
    const prefetch = await phone.opens(`/l/${slug}`, { headers: { 'Sec-Purpose': 'prefetch;prerender' } })
    expect([head.status, prefetch.status]).toEqual([200, 200])
    expect(ears.events()).toHaveLength(1)
  })

  test('our own staff with a sidebar session read without being counted', async () => {
    const phone = phoneOf(ears, lin)
    phone.cookies.set('session', { value: 'staff', path: '/' })
    const shown = await phone.opens(`/l/${slug}`)
    expect(shown.hops).toHaveLength(1)
    expect(ears.inbox.kept).toEqual([])
  })

  test('without an Official Account everybody reads anonymously', async () => {
    const bare = await openEars({ withAccount: false })
    await bare.publish(coatArticle)
    const shown = await phoneOf(bare, lin).opens(`/l/${slug}`)
    const callback = await phoneOf(bare, lin).opens('/l/callback?code=c&state=s')
    await bare.close()
    expect(shown.hops.map(({ status }) => status)).toEqual([200])
    expect(callback.status).toBe(404)
    expect(bare.inbox.kept).toEqual([])
  })
})

describe('A5 content elsewhere', () => {
  test('is redirected to after the arrival is recorded; nothing of ours goes along', async () => {
    await ears.publish({ id: 'mall', title: '新品', url: 'https://mall.example.com/new?from=wx' })
    const shown = await phoneOf(ears, lin).opens('/l/mall-mei?s=token1')
    expect(shown.address).toBe('https://mall.example.com/new?from=wx')
    expect(shown.headers.get('Cache-Control')).toBe('no-store')
    expect(shown.headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(ears.events()).toMatchObject([{ kind: 'opened-content', contentId: 'mall', title: '新品' }])
  })

  test.each([['javascript:alert(1)'], ['data:text/html,x'], ['//evil.example.com'], ['nonsense']])(
    'an address of %s is never followed',
    async (url) => {
      await ears.publish({ id: 'odd', url })
      const shown = await phoneOf(ears, lin, { userAgent: agents.safari }).opens('/l/odd-mei')
      expect(shown.status).toBe(404)
      expect(shown.headers.has('Location')).toBe(false)
    },
  )
})

describe('A5 OAuth that goes wrong never withholds the content', () => {
  test.each([[40029], [40163], [-1], [40125]])('refused with %i', async (errcode) => {
    ears.tencent.weather.errcode = errcode
    const shown = await phoneOf(ears, lin).opens(`/l/${slug}`)
    expect(readAnonymously(shown)).toBe(true)
  })

  test('Tencent unreachable', async () => {
    ears.tencent.weather.down = true
    expect(readAnonymously(await phoneOf(ears, lin).opens(`/l/${slug}`))).toBe(true)
  })

  test('Tencent silent: shown within 4 s', async () => {
    ears.tencent.weather.silent = true
    const late = new Promise<null>((resolve) => void setTimeout(resolve, 4_000, null))
    const shown = await Promise.race([phoneOf(ears, lin).opens(`/l/${slug}`), late])
    expect(shown?.html).toContain('每天只做三件小事')
  })

  test('a snapshot page’s virtual identity is never kept', async () => {
    const shown = await phoneOf(ears, { openId: 'o-virtual', snapshot: true }).opens(`/l/${slug}`)
    expect(readAnonymously(shown)).toBe(true)
    expect(JSON.stringify(shown.hops)).not.toContain('wl_visitor')
  })

  test('a visitor who declines, and comes back without a code', async () => {
    const declines = onReturn((url) => url.searchParams.delete('code'))
    expect(readAnonymously(await phoneOf(ears, lin, declines).opens(`/l/${slug}`))).toBe(true)
  })

  test('a phone that keeps no cookies is not sent in circles', async () => {
    expect(readAnonymously(await phoneOf(ears, lin, { keepsCookies: false }).opens(`/l/${slug}`))).toBe(true)
  })

  test('the page at the callback takes the clean address', async () => {
    ears.tencent.weather.down = true
    const shown = await phoneOf(ears, lin).opens(`/l/${slug}`)
    expect(scriptData(shown.html).path).toBe(`/l/${slug}`)
  })
})

describe('A5 the way back from OAuth', () => {
  test('a forged state identifies nobody', async () => {
    const forged = 'f'.repeat(24) + Buffer.from('coat-mei').toString('hex')
    const shown = await phoneOf(ears, lin, onReturn((url) => url.searchParams.set('state', forged))).opens(`/l/${slug}`)
    expect(readAnonymously(shown)).toBe(true)
  })

  test('somebody else’s code and state, sent to a victim, identify nobody there', async () => {
    let stolen = ''
    const thief = phoneOf(ears, { openId: 'o-thief' }, onReturn((url) => {
      stolen = url.pathname + url.search
      url.searchParams.delete('code')
    }))
    await thief.opens(`/l/${slug}`)
    expect(readAnonymously(await phoneOf(ears, lin).opens(stolen))).toBe(true)
  })

  test('a state works once: a replay is an ordinary arrival by cookie, never a second login', async () => {
    let used = ''
    const phone = phoneOf(ears, lin, onReturn((url) => (used = url.pathname + url.search)))
    await phone.opens(`/l/${slug}`)
    const replayed = await phone.opens(used)
    expect(replayed.address).toBe(`/l/${slug}`)
    expect(ears.events().map((event) => 'via' in event && event.via)).toEqual(['oauth', 'cookie'])
    phone.cookies.clear()
    expect((await phone.opens(used)).html).toContain('您正在匿名阅读')
  })

  test('a state older than ten minutes has expired', async () => {
    const shown = await phoneOf(ears, lin, onReturn(() => ears.later(600))).opens(`/l/${slug}`)
    expect(readAnonymously(shown)).toBe(true)
  })

  test('no address in the query is ever followed', async () => {
    const evil = 'https://evil.example.com/'
    const paths = ['return', 'redirect_uri', 'url', 's', 'next'].map((name) => `/l/${slug}?${name}=${encodeURIComponent(evil)}`)
    const callbacks = [`/l/callback?code=c&state=${evil}`, `/l/callback?code=c&state=${'a'.repeat(24)}${Buffer.from(evil).toString('hex')}`]
    const crooked = ['/l//evil.example.com', '/l/%2f%2fevil.example.com', '/l/%2f%2fevil.example.com/identify', '/l/..%2f..%2fevil/identify']
    for (const path of [...paths, ...callbacks, ...crooked]) {
      const answer = await phoneOf(ears, lin).request(path)
      const location = answer.headers.get('Location') ?? ''
      expect(location === '' || location.startsWith('/l/') || location.startsWith(oauthPage)).toBe(true)
      expect(new URL(location || '/', 'https://brand.example.com').searchParams.get('redirect_uri') ?? '').not.toContain('evil')
      expect(new URL(location || '/', 'https://brand.example.com').host).not.toContain('evil')
    }
  })

  test('two articles opened at once both come back to themselves', async () => {
    await ears.publish({ id: 'scarf', title: '围巾', markdown: '围巾的十种系法' })
    const phone = phoneOf(ears, lin)
    const pages = await Promise.all([phone.opens(`/l/${slug}`), phone.opens('/l/scarf-mei')])
    expect(pages.map(({ address }) => address)).toEqual([`/l/${slug}`, '/l/scarf-mei'])
    expect(ears.events()).toHaveLength(2)
  })
})

describe('C1 用微信身份阅读', () => {
  test('asks for snsapi_userinfo only after a tap, links the unionid, and is no further arrival', async () => {
    const phone = phoneOf(ears, lin)
    const first = await phone.opens(`/l/${slug}`)
    const tap = /class="known" href="([^"]+)"/.exec(first.html)?.[1] ?? ''
    const after = await phone.opens(tap)

    expect(after.hops[0]?.location).toContain('scope=snsapi_userinfo')
    expect(after.html).not.toContain('class="known"')
    expect(ears.events().map(({ kind }) => kind)).toEqual(['opened-content'])
    expect(ears.links()).toEqual([
      {
        key: 'link:oauth:openid:wxaccount:o-lin:u-lin',
        at: ears.clock.now(),
        a: { kind: 'openid', appId: accountId, openId: 'o-lin' },
        b: { kind: 'unionid', unionId: 'u-lin' },
        evidence: { by: 'oauth', appId: accountId },
      },
    ])
  })

  test('is not offered to somebody whose unionid is known already', async () => {
    ears.people.know(accountId, 'o-lin', 'u-lin')
    const shown = await phoneOf(ears, lin).opens(`/l/${slug}`)
    expect(shown.html).not.toContain('用微信身份阅读</a>')
  })

  test('is not offered again after a yes that told no unionid', async () => {
    const phone = phoneOf(ears, { openId: 'o-hua' })
    await phone.opens(`/l/${slug}`)
    const after = await phone.opens(`/l/${slug}/identify`)
    expect(after.html).not.toContain('class="known"')
    expect(ears.links()).toEqual([])
  })

  test('refused by Tencent: the reading goes on, known as before', async () => {
    const phone = phoneOf(ears, lin)
    await phone.opens(`/l/${slug}`)
    ears.tencent.weather.errcode = 40029
    const after = await phone.opens(`/l/${slug}/identify`)
    expect(after).toMatchObject({ status: 200, address: `/l/${slug}` })
    expect(ears.events()).toHaveLength(1)
  })

  test('outside WeChat, or before any visit, it only leads to the content', async () => {
    const outside = await phoneOf(ears, lin, { userAgent: agents.safari }).opens(`/l/${slug}/identify`)
    const first = await phoneOf(ears, lin).opens(`/l/${slug}/identify`)
    expect([outside.address, first.address]).toEqual([`/l/${slug}`, `/l/${slug}`])
    expect(ears.links()).toEqual([])
  })
})

describe('A5 what cannot be shown', () => {
  test.each([['/l/nothing'], ['/l/callback'], ['/l/%E5%A5%97'], [`/l/${'a'.repeat(60)}`]])('%s says so', async (path) => {
    const shown = await phoneOf(ears, lin).opens(path)
    expect(shown.status).toBe(404)
    expect(shown.html).toContain('没找到这篇文章')
    expect(ears.inbox.kept).toEqual([])
  })

  test('B1 the store away: never success for an arrival that is not kept, and the page tries again', async () => {
    const phone = phoneOf(ears, lin)
    ears.inbox.weather.away = true
    const away = await phone.opens(`/l/${slug}`)
    ears.inbox.weather.away = false
    const back = await phone.opens(`/l/${slug}`)
    expect(away.status).toBe(503)
    expect(away.html).toContain(`<meta http-equiv="refresh" content="3;url=/l/${slug}">`)
    expect(back.status).toBe(200)
    expect(ears.events()).toHaveLength(1)
  })

  test('B1 a unionid that cannot be kept: the reader starts again at the content', async () => {
    const phone = phoneOf(ears, lin)
    await phone.opens(`/l/${slug}`)
    ears.inbox.weather.away = true
    const away = await phone.opens(`/l/${slug}/identify`)
    ears.inbox.weather.away = false
    const back = await phone.opens(`/l/${slug}`)
    expect(away.status).toBe(503)
    expect(away.html).toContain(`content="3;url=/l/${slug}"`)
    expect(back.html).toContain('class="known"')
  })
})

test('no log line names a visitor', async () => {
  ears.tencent.weather.errcode = 40029
  await phoneOf(ears, lin).opens(`/l/${slug}`)
  expect(ears.logged).toHaveLength(1)
  expect(ears.logged.join()).not.toMatch(/o-lin|code1/)
})

test.each([['not json'], ['{}'], ['{"kind":"opened"}']])('B4 a stored delivery of %s is set aside', (text) => {
  const delivery = { channel: 'links', account: 'wxaccount', key: 'k', bytes: Buffer.from(text), receivedAt: new Date(0) } as const
  expect(() => parseLinks(delivery)).toThrow(MalformedCallback)
})

/** A phone on which something happens to the address that OAuth brings it back to. */
function onReturn(change: (url: URL) => void) {
  return { meddle: (url: URL) => (change(url), url) }
}

/** The whole article is there, the page says that nobody is named, and nothing was kept. */
function readAnonymously({ status, html }: { status: number; html: string }): boolean {
  const whole = status === 200 && html.includes('每天只做三件小事')
  return whole && html.includes('您正在匿名阅读') && ears.inbox.kept.length === 0
}

function swapUser(cookie: string): string {
  const [body = '', mac = ''] = cookie.split('.')
  const changed = Buffer.from(body, 'base64url').toString().replace('o-lin', 'o-mei')
  return `${Buffer.from(changed).toString('base64url')}.${mac}`
}
