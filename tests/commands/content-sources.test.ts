import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readArticlePage } from '../../server/adapters/html/article-page.ts'
import { createWebFetcher } from '../../server/adapters/webhooks/web-fetcher.ts'
import { pictureFile, picturesBeside } from '../../server/commands/content-files.ts'
import { createAddContent } from '../../server/usecases/add-content.ts'
import { createImportArticle } from '../../server/usecases/import-article.ts'
import { createTakePictures } from '../../server/usecases/take-pictures.ts'
import { qrPicture } from '../fake-tencent/qr-picture.ts'
import { openArticleSite, type ArticleSite } from '../support/article-site.ts'
import { openTestStores, type TestStores } from '../support/store.ts'

const clock = { now: () => new Date('2026-03-02T02:00:00Z') }
const mostBytes = 1024 * 1024

let stores: TestStores
let site: ArticleSite
let folder: string
beforeAll(async () => {
  ;[stores, site, folder] = await Promise.all([openTestStores(), openArticleSite(), mkdtemp(join(tmpdir(), 'articles-'))])
  await mkdir(join(folder, 'articles'))
  await writeFile(join(folder, 'secret.png'), qrPicture('secret'))
  await writeFile(join(folder, 'articles/coat.png'), qrPicture('coat'))
  await writeFile(join(folder, 'articles/drawing.png'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await writeFile(join(folder, 'articles/large.png'), Buffer.concat([qrPicture('large'), Buffer.alloc(3 * 1024 * 1024)]))
  await symlink(join(folder, 'secret.png'), join(folder, 'articles/link.png'))
})
afterAll(() => Promise.all([stores.drop(), site.close(), rm(folder, { recursive: true })]))

const take = () => createTakePictures({ ...stores, clock })
const beside = () => picturesBeside(join(folder, 'articles/any.md'))

test('A5: the same picture twice is one; web addresses and code stay as they are', async () => {
  const markdown = await take().takeAll('![a](coat.png) ![b](./coat.png "中")\n\n![c](https://img.example.com/c.png)\n\n~~~\n![d](d.png)\n~~~', beside())
  const [first, second] = [...markdown.matchAll(/\/pictures\/[\w-]+\.png/g)].map(([path]) => path)
  expect(second).toBe(first)
  expect(markdown).toContain('"中"')
  expect(markdown).toContain('![c](https://img.example.com/c.png)')
  expect(markdown).toContain('![d](d.png)')
  expect(await stores.pictures.get((first ?? '').replace('/pictures/', ''))).toMatchObject({ type: 'image/png' })
  expect(await take().take(join(folder, 'secret.png'), pictureFile)).toMatch(/^\/pictures\//)
})

test.each([
  ['drawing.png', 'PNG, JPEG, GIF or WebP'],
  ['large.png', 'is larger than 2 MB'],
  ['../secret.png', 'in the folder'],
  ['link.png', 'in the folder'],
  ['nowhere.png', 'is not there'],
])('A5: a picture at %s is refused by name', async (path, problem) => {
  const taking = take().takeAll(`![](coat.png) ![](${path})`, beside())
  await expect(taking).rejects.toThrow(`picture ${path}`)
  await expect(taking).rejects.toThrow(problem)
})

test.each([
  ['an address inside without leave', () => '/account-article.html', false, 'address-not-allowed'],
  ['a door that leads inside', () => '/inside', false, 'address-not-allowed'],
  ['a circle', () => '/again', true, 'too many redirects'],
  ['something without end', () => '/large.png', true, 'larger than 1024 KB'],
  ['nothing there', () => '/gone.png', true, 'answered 404'],
])('A5: fetching %s says so', async (_what, path, allowed, problem) => {
  const fetcher = createWebFetcher({ allowsPrivate: (host) => allowed && host === '127.0.0.1' })
  expect(await fetcher.get(site.url + path(), mostBytes)).toEqual({ bytes: null, problem })
})

test('A5: a name, or a redirect, that leads inside is found out when the connection is made', async () => {
  const inside = createWebFetcher({ resolve: (_host, done) => done(null, [{ address: '10.0.0.8', family: 4 }]) })
  expect(await inside.get('http://pictures.example.com/a.png', mostBytes)).toEqual({ bytes: null, problem: 'address-not-allowed' })
  const redirected = createWebFetcher({ allowsPrivate: (host) => host === '127.0.0.1' })
  expect(await redirected.get(`${site.url}/inside`, mostBytes)).toEqual({ bytes: null, problem: 'address-not-allowed' })
  for (const address of ['file:///etc/hosts', 'http://user@example.com/', 'nonsense']) {
    expect(await redirected.get(address, mostBytes)).toEqual({ bytes: null, problem: 'not an http or https address' })
  }
})

test('A5: an import without an article in it says what there is instead', async () => {
  const html = await readFile('tests/fixtures/articles/account-pictures.html', 'utf8')
  const importArticle = createImportArticle({ ...stores, webFetcher: createWebFetcher(), clock })
  await expect(importArticle(readArticlePage(html), {})).rejects.toThrow('没有找到文章正文')
  await expect(importArticle(readArticlePage('<div id="js_content"><mpvideo></mpvideo></div>'), {})).rejects.toThrow('视频 videos')
  await expect(importArticle(readArticlePage('<article><p>字</p></article>'), {})).rejects.toThrow('--title')
  const named = await importArticle(readArticlePage('<article><p>字</p><p><img src="http://127.0.0.1:1/a.png"></p></article>'), { title: '有名' })
  expect(named).toEqual({ content: { title: '有名', url: null, markdown: '字', cover: null }, pictures: 0, remarks: ['第 1 张图片没有取到 picture 1 is missing: address-not-allowed'] })
})

test('A5: what an import shortens is added as it is, emoji and all; one sign more is not', async () => {
  const long = '👗'.repeat(130)
  const html = `<meta property="og:title" content="${long}"><meta property="og:description" content="${long}"><article><p>羊绒</p></article>`
  const { content } = await createImportArticle({ ...stores, clock, webFetcher: createWebFetcher() })(readArticlePage(html), {})
  const addContent = createAddContent({ library: stores.contentLibrary, staffDirectory: stores.staffDirectory, clock, publicUrl: 'https://crm.example', newId: () => 'emoji' })
  await addContent(content)
  expect((await stores.contentLibrary.get('emoji'))?.title).toBe('👗'.repeat(120))
  await expect(addContent({ ...content, title: `${content.title}衣` })).rejects.toThrow('title must have 1 to 120 characters')
})
