import type { FakeTencent } from '../fake-tencent/main.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import type { ArticleCard } from './contract.ts'
import { coverOf } from './covers.ts'
import type { StartedProduct } from './demo.ts'
import { articles, people } from './seed.ts'

interface ContentAnswer {
  items: { id: string; title: string; url: string; cover: string | null }[]
}

/** Puts the demo's articles into the product as an operator does, and gives the salesperson's own copies. */
export async function fillLibrary(tencent: FakeTencent, productUrl: string, keepPicture: StartedProduct['keepPicture']): Promise<ArticleCard[]> {
  const office = tencent.staff(people.office.userid)
  const mei = tencent.staff(people.mei.userid)
  await signIn(office, productUrl)
  for (const { key, title, markdown } of articles().toReversed()) {
    const picture = coverOf(key)
    const cover = picture && (await keepPicture(picture))
    const response = await office.browser.request(`${productUrl}/api/content`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', origin: productUrl },
      body: JSON.stringify({ title, markdown, ...(cover ? { cover } : {}) }),
    })
    if (response.status !== 201)
      throw new Error(`POST /api/content answered ${response.status}: ${await response.text()}`)
    await response.body?.cancel()
  }
  await signIn(mei, productUrl)
  const own = await mei.browser.request(`${productUrl}/api/content`, { headers: { accept: 'application/json' } })
  if (own.status !== 200) throw new Error(`GET /api/content answered ${own.status}`)
  const { items } = (await own.json()) as ContentAnswer
  return articles().flatMap(({ title, summary }) => {
    const found = items.find((one) => one.title === title)
    return found ? [{ id: found.id, title, summary, url: found.url, cover: found.cover }] : []
  })
}

/** WeCom sign-in through the real redirects; the page at their end does not matter. */
async function signIn(staff: StaffActor, productUrl: string): Promise<void> {
  await staff.opens(`${productUrl}/api/session?return=${encodeURIComponent('/sidebar/')}`)
}
