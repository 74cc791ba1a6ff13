import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ContentAdded, ContentListView } from '../../server/http/contract.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn } from '../support/page.ts'
import { commandOf } from '../support/product-command.ts'

let brand: TestBrand
let mei: StaffActor
let zhou: StaffActor
let ou: StaffActor

/** 小梅 and 小周 sell; 阿欧 writes. */
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: { OPERATORS: 'ou' } })
  mei = brand.tencent.staff('Mei', { name: '小梅' })
  zhou = brand.tencent.staff('zhou', { name: '小周' })
  ou = brand.tencent.staff('ou', { contacts: false })
  await brand.server.useCases.syncContacts()
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

/** `npm run content -- …` beside the running server. */
function content(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const command = [...commandOf('content'), ...args]
  const env = { PATH: process.env['PATH'] ?? '', ...brand.env }
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
  })
}

test('A5: an operator adds an article; each salesperson has a link of their own, which opens', async () => {
  const article = { title: ' 秋冬大衣怎么挑 ', markdown: '# 看**羊绒**' }
  const added = await (await signedIn(brand, ou)).post<ContentAdded>('/api/content', article)
  expect(added.status).toBe(201)
  expect(Object.keys(added.body.urls).toSorted()).toEqual(['Mei', 'zhou'])
  expect(new Set(Object.values(added.body.urls)).size).toBe(2)

  const mine = await (await signedIn(brand, mei)).get<ContentListView>('/api/content')
  const hers = await (await signedIn(brand, zhou)).get<ContentListView>('/api/content')
  expect(mine.body.items).toMatchObject([{ id: added.body.id, title: '秋冬大衣怎么挑', cover: null, url: added.body.urls['Mei'] }])
  expect(hers.body.items[0]?.url).toBe(added.body.urls['zhou'])

  const reader = brand.tencent.customer('lin')
  const seen = await reader.opens(added.body.urls['Mei'] ?? '', { cookies: false, userAgent: 'Mozilla/5.0 Chrome/131.0.0.0' })
  expect(seen.status).toBe(200)
  expect(seen.html).toContain('秋冬大衣怎么挑')
  expect(seen.html).toContain('<strong>羊绒</strong>')
})

test.each([
  ['no title', { title: ' ', url: 'https://brand.example/' }, 'title'],
  ['too long a title', { title: '长'.repeat(121), url: 'https://brand.example/' }, 'title'],
  ['neither url nor markdown', { title: '大衣' }, 'exactly one of url and markdown'],
  ['both', { title: '大衣', url: 'https://brand.example/', markdown: 'x' }, 'exactly one of url and markdown'],
  ['a script for a url', { title: '大衣', url: 'javascript:alert(1)' }, 'url must be'],
  ['a password in the url', { title: '大衣', url: 'https://a:b@brand.example/' }, 'url must be'],
  ['a file for a cover', { title: '大衣', markdown: 'x', cover: 'file:///etc/passwd' }, 'cover must be'],
  ['a number for markdown', { title: '大衣', markdown: 3 }, 'markdown'],
  ['a field nobody knows', { title: '大衣', markdown: 'x', owner: 'mei' }, 'owner'],
])('A5: an article with %s is refused, and the field is named', async (_what, article, named) => {
  const page = await signedIn(brand, ou)
  const before = await page.get<ContentListView>('/api/content')
  const answer = await page.post<{ error: { message: string } }>('/api/content', article)
  expect(answer).toMatchObject({ status: 400, code: 'bad-request' })
  expect(answer.body.error.message).toContain(named)
  expect((await page.get<ContentListView>('/api/content')).body.items).toEqual(before.body.items)
})

test('A5: npm run content -- add prints one JSON line while the server runs, and its links open', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'article-'))
  await writeFile(join(folder, 'coats.md'), '# 秋冬大衣\n\n选对长度。')

  const { code, out, err } = await content('add', '--title', '秋冬大衣', '--markdown', join(folder, 'coats.md'))
  await rm(folder, { recursive: true })

  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out.trimEnd().split('\n')).toHaveLength(1)
  const added = JSON.parse(out) as ContentAdded
  expect(Object.keys(added.urls).toSorted()).toEqual(['Mei', 'zhou'])
  expect(added.urls['Mei']).toMatch(new RegExp(`^${brand.env['PUBLIC_URL']}/l/[a-z0-9]{10}$`))
  const list = await (await signedIn(brand, mei)).get<ContentListView>('/api/content')
  expect(list.body.items.map(({ url }) => url)).toContain(added.urls['Mei'])
  const lin = brand.tencent.customer('lin')
  expect((await lin.opens(added.urls['Mei'] ?? '')).html).toContain('选对长度')
})

test.each([
  ['nothing', [], 'npm run content -- add'],
  ['no title', ['add', '--url', 'https://brand.example/'], 'npm run content -- add'],
  ['neither article nor address', ['add', '--title', '大衣'], 'exactly one of url and markdown'],
  ['a file that is not there', ['add', '--title', '大衣', '--markdown', 'nowhere.md'], 'nowhere.md'],
  ['an option nobody knows', ['add', '--title', '大衣', '--colour', 'red'], '--colour'],
])('A5: npm run content with %s says what is wrong and exits 1', async (_what, args, named) => {
  const { code, out, err } = await content(...args)
  expect(code).toBe(1)
  expect(out).toBe('')
  expect(err).toContain(named)
  expect(err).not.toContain('    at ')
})
