import { expect, test, vi } from 'vitest'
import { nextSecond, openOutside, publicUrl } from './outside.ts'

test('C4 B1: kill -9 in the middle of an erasure: the next process finishes it, and nothing of the customer is left', async () => {
  const { tencent, start, look } = await openOutside()
  const first = await start()
  const mei = tencent.staff('mei', { name: '小梅' })
  const [lin, zhou] = ['lin', 'zhou'].map((id) => tencent.customer(`${id}-killed-in-2026`, { name: `${id} 的名字` }))
  if (!lin || !zhou) throw new Error('nobody')
  for (const customer of [lin, zhou]) await mei.adds(customer)
  await nextSecond()
  for (const customer of [lin, zhou]) {
    await customer.follows()
    await customer.writes('羊绒大衣有没有小码')
  }
  const stores = await look()
  await vi.waitFor(async () => expect((await stores.inbox.depth()).waiting).toBe(0), { timeout: 30_000, interval: 50 })
  const namesOf = ({ externalUserId, unionId, openIds }: typeof lin) => [String(externalUserId), String(unionId), openIds.account]
  // Whatever rings has rung: what is found of zhou does not grow any more.
  await vi.waitFor(async () => expect(await stores.alerts.inState('queued', 1)).toEqual([]), { timeout: 30_000, interval: 50 })
  const later = new Date(Date.now() + 24 * 3_600_000)
  await vi.waitFor(async () => expect(await stores.messages.due(later, 1)).toEqual([]), { timeout: 30_000, interval: 50 })
  const others = await stores.eraser.search(namesOf(zhou))

  const { html } = await lin.opens(`${publicUrl}/me/erase`)
  const proof = /action="\/me\/erase">.*?name="proof" value="([^"]*)"/s.exec(html)?.[1] ?? ''
  const asked = await lin.browser.request(`${publicUrl}/me/erase`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams([['proof', proof]]).toString(),
  })
  expect([asked.status, asked.headers.get('location')]).toEqual([303, '/me?done=erasing'])
  const request = async () => (await stores.erasures.list(1))[0]
  await vi.waitFor(async () => expect((await request())?.state).not.toBe('scheduled'), { timeout: 30_000, interval: 2 })
  await first.kill()
  expect((await request())?.state).toBe('running')

  const second = await start()
  await vi.waitFor(async () => expect((await request())?.state).toBe('done'), { timeout: 30_000, interval: 100 })
  expect(await stores.eraser.search([...namesOf(lin), 'lin 的名字'])).toEqual([])
  expect(await stores.eraser.search(namesOf(zhou))).toEqual(others)
  expect(first.stdout() + second.stdout()).not.toMatch(new RegExp(namesOf(lin).join('|')))
  expect(tencent.problems).toEqual([])
}, 180_000)
