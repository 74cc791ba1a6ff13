import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mallOrigin, miniProgramId, openEars, type Ears } from './support/ears.ts'
import { mallOf, pageView } from './support/mall.ts'

let ears: Ears
beforeEach(async () => {
  ears = await openEars()
})
afterEach(() => ears.close())

/** What a browser asks before a page of `origin` may report. */
function preflight(origin: string, path = ''): Promise<Response> {
  const asked = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization,content-type' }
  return fetch(`${ears.origin}/beacon/${miniProgramId}${path}`, { method: 'OPTIONS', headers: { Origin: origin, ...asked } })
}

function corsOf(headers: Headers): string[] {
  return [...headers.keys()].filter((name) => name.startsWith('access-control-'))
}

describe('A7 an H5 mall on another origin', () => {
  test.each([[''], ['/session']])('an allowed origin may ask for "%s"', async (path) => {
    const { status, headers } = await preflight(mallOrigin, path)
    expect(status).toBe(204)
    expect(headers.get('Access-Control-Allow-Origin')).toBe(mallOrigin)
    expect(headers.get('Access-Control-Allow-Methods')).toBe('POST')
    expect(headers.get('Access-Control-Allow-Headers')).toBe('Authorization, Content-Type')
    expect(headers.get('Vary')).toContain('Origin')
  })

  test('another origin gets no CORS header, neither before nor with an answer', async () => {
    const evil = 'https://evil.example.com'
    const mall = mallOf(ears, miniProgramId)
    const asked = await preflight(evil)
    const answered = await mall.session('code', { Origin: evil })
    expect([...corsOf(asked.headers), ...corsOf(answered.headers)]).toEqual([])
  })

  test('answers and errors can be read by the page', async () => {
    const mall = mallOf(ears, miniProgramId)
    const token = await mall.login({ openId: 'o-lin' })
    const good = await mall.report(token, [pageView(ears, 'e')], { Origin: mallOrigin })
    const bad = await mall.report('forged', [], { Origin: mallOrigin })
    expect([good.status, bad.status]).toEqual([200, 401])
    for (const { headers } of [good, bad]) expect(headers.get('Access-Control-Allow-Origin')).toBe(mallOrigin)
  })

  test('no cookie is ever invited', async () => {
    const { headers } = await preflight(mallOrigin)
    expect(headers.has('Access-Control-Allow-Credentials')).toBe(false)
  })
})
