import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { loadConfig, type Config } from '../../config/load.ts'
import { readArticlePage } from '../adapters/html/article-page.ts'
import { openStores, type Stores } from '../adapters/mongo/connect.ts'
import { openTencent } from '../adapters/tencent/open.ts'
import { createWebFetcher } from '../adapters/webhooks/web-fetcher.ts'
import { BadRequest, ConfigInvalid, TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import { openEngine } from '../engine.ts'
import { environment } from '../environment.ts'
import { createLog } from '../log.ts'
import type { WebFetcher } from '../ports/pictures.ts'
import { createAddContent, type NewContent } from '../usecases/add-content.ts'
import { createImportArticle } from '../usecases/import-article.ts'
import { createTakePictures } from '../usecases/take-pictures.ts'
import { pictureFile, picturesBeside } from './content-files.ts'

const usage = [
  'npm run content -- add --title T (--url URL | --markdown FILE) [--cover URL|FILE] [--description D]',
  'npm run content -- import (--url URL | --html FILE) [--title T] [--allow-private]',
]

const text = { type: 'string' } as const
const options = { title: text, url: text, markdown: text, html: text, cover: text, description: text, 'allow-private': { type: 'boolean' } } as const
type Given = Partial<Record<Exclude<keyof typeof options, 'allow-private'>, string>>

const clock = { now: () => new Date() }
const mostPageBytes = 8 * 1024 * 1024

/** `npm run content -- add|import …`: adds an article and prints one JSON line `{ "id", "urls", … }`; also while the server runs. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options })
  const { 'allow-private': allowPrivate = false, ...given } = values
  const isAdding = positionals[0] === 'add' && given.title !== undefined && given.html === undefined
  const isImporting = positionals[0] === 'import' && (given.url === undefined) !== (given.html === undefined) && given.markdown === undefined
  if (!isAdding && !isImporting) throw new ConfigInvalid(usage)
  const config = loadConfig(environment())
  const engine = await openEngine(config)
  const log = createLog({ level: 'error' })
  const stores = await openStores({ uri: engine.uri, log })
  try {
    const { content, more } = isAdding ? await adding(stores, given) : await importing(stores, given, createWebFetcher({ allowsPrivate: () => allowPrivate }))
    const added = await add(config, stores, content)
    process.stdout.write(`${JSON.stringify({ ...added, ...more })}\n`)
  } finally {
    await stores.close()
    await engine.close()
  }
}

async function adding({ pictures }: Stores, { title = '', url, markdown: file, cover, description }: Given): Promise<{ content: NewContent; more: object }> {
  const { take, takeAll } = createTakePictures({ pictures, clock })
  const written = file === undefined ? null : await readFile(file, 'utf8')
  const markdown = written === null || file === undefined ? null : await takeAll(written, picturesBeside(file))
  const isFile = cover !== undefined && !/^[a-z][a-z\d+.-]*:/i.test(cover)
  const content = { title, url: url ?? null, markdown, cover: isFile ? await take(cover, pictureFile) : (cover ?? null), ...(description !== undefined && { description }) }
  return { content, more: {} }
}

async function importing({ pictures }: Stores, { url, html: file = '', title }: Given, webFetcher: WebFetcher): Promise<{ content: NewContent; more: object }> {
  const page = url === undefined ? await readFile(file) : await fetched(url, webFetcher)
  const importArticle = createImportArticle({ pictures, webFetcher, clock })
  const { content, pictures: taken, remarks } = await importArticle(readArticlePage(decoded(page)), { ...(title !== undefined && { title }) })
  for (const remark of remarks) console.error(remark)
  return { content, more: { title: content.title, pictures: taken, leftOut: remarks.length } }
}

async function fetched(url: string, webFetcher: WebFetcher): Promise<Uint8Array> {
  const { bytes, problem } = await webFetcher.get(url, mostPageBytes)
  if (!bytes) throw new BadRequest(`网页打不开 the page could not be fetched: ${problem}`)
  return bytes
}

/** Most pages are UTF-8; older ones of China say gb2312 or gbk, which gb18030 contains. */
function decoded(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 2048)).toString('latin1')
  return new TextDecoder(/charset\s*=\s*["']?gb/i.test(head) ? 'gb18030' : 'utf-8').decode(bytes)
}

async function add(config: Config, stores: Stores, content: NewContent): ReturnType<ReturnType<typeof createAddContent>> {
  const log = createLog({ level: 'error' })
  const { directory } = openTencent({ config, clock, log, tokens: stores.tokens, leases: stores.leases })
  try {
    await stores.staffDirectory.replaceAll(await directory.followUsers(), clock.now())
  } catch (error) {
    if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
    console.error(`members as last read: ${error.message}`)
  }
  const { publicUrl } = config
  return createAddContent({ library: stores.contentLibrary, staffDirectory: stores.staffDirectory, clock, publicUrl, newId: randomUUID })(content)
}

main().catch((error: unknown) => {
  const problems = error instanceof ConfigInvalid ? error.problems : [error instanceof BadRequest ? error.problem : String(error)]
  for (const problem of problems) console.error(problem)
  process.exitCode = 1
})
