import { afterEach, beforeEach, expect, test } from 'vitest'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import { agents, fixture, openEars, type Ears } from './support/ears.ts'
import { phoneOf } from './support/phone.ts'

let ears: Ears
beforeEach(async () => {
  ears = await openEars()
  await ears.publish({ id: 'coat', title: '羊绒大衣怎么养', markdown: fixture('article.md') })
  await ears.publish({ id: 'scarf', title: '围巾', markdown: '围巾的十种系法' })
})
afterEach(() => ears.close())

const counted = () => ears.shares.anonymous.map(({ slug, why }) => `${slug} ${why}`)
const other = (options: { userAgent?: string } = {}) => phoneOf(ears, { openId: 'o-nobody' }, options)

test('A5: an opening outside WeChat is one number, once a day for a browser and a copy, and no event', async () => {
  const safari = other({ userAgent: agents.safari })
  for (let time = 0; time < 3; time += 1) await safari.opens('/l/coat-mei')
  await safari.opens('/l/scarf-mei')
  await other({ userAgent: agents.safari.replace('Version', 'Another') }).opens('/l/coat-mei')
  expect(counted()).toEqual(['coat-mei outside', 'scarf-mei outside', 'coat-mei outside'])
  ears.later(25 * 3600)
  await safari.opens('/l/coat-mei')
  expect(counted()).toHaveLength(4)
  expect(ears.events()).toEqual([])
})

test('A5: a snapshot page’s made-up identity and a refusal of Tencent’s are told apart', async () => {
  await phoneOf(ears, { openId: 'o-virtual', snapshot: true }).opens('/l/coat-mei')
  ears.tencent.weather.errcode = 40029
  await other({ userAgent: agents.weChatOnAndroid }).opens('/l/coat-mei')
  expect(counted()).toEqual(['coat-mei snapshot', 'coat-mei refused'])
})

test('A5: a reader who is known is in no anonymous number, nor are a way back that was never set out for and a page that is not there', async () => {
  await phoneOf(ears, { openId: 'o-lin' }).opens('/l/coat-mei')
  await other().request('/l/callback?code=made-up&state=000000000000000000000000636f61742d6d6569')
  await other({ userAgent: agents.safari }).opens('/l/nothing')
  expect(counted()).toEqual([])
})

test.each([
  ['staff in WeCom', 'GET', { userAgent: agents.weCom }],
  ['a link preview', 'GET', { userAgent: agents.previewInWeChat }],
  ['a spider', 'GET', { userAgent: agents.spider }],
  ['a HEAD request', 'HEAD', { userAgent: agents.safari }],
] as const)('A6: %s is no opening', async (_, method, options) => {
  await other(options).request('/l/coat-mei', { method })
  expect(counted()).toEqual([])
})

test('A6: a prefetch and staff with a sidebar session are no openings', async () => {
  await other({ userAgent: agents.safari }).request('/l/coat-mei', { headers: { 'Sec-Purpose': 'prefetch' } })
  const staff = other({ userAgent: agents.safari })
  staff.cookies.set('session', { value: 'staff', path: '/' })
  await staff.opens('/l/coat-mei')
  expect(counted()).toEqual([])
})

test('A5: the article is shown though the number cannot be kept', async () => {
  ears.shares.shares.noteAnonymous = () => Promise.reject(new StoreUnavailable())
  const shown = await other({ userAgent: agents.safari }).opens('/l/coat-mei')
  expect(shown.status).toBe(200)
  expect(shown.html).toContain('每天只做三件小事')
})
