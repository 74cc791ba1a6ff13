import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import { qrPicture } from '../fake-tencent/qr-picture.ts'

/** A site that has an article of an Official Account, its pictures, and doors that lead elsewhere. */
export interface ArticleSite {
  url: string
  /** Paths that were asked for. */
  asked: readonly string[]
  close(): Promise<void>
}

/** `/gone.png` is not there, `/inside` leads into a private network, `/large.png` has no end to speak of. */
export async function openArticleSite(): Promise<ArticleSite> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*$/, '')
    asked.push(path)
    if (path === '/inside') return response.writeHead(302, { location: 'http://10.1.2.3/secret' }).end()
    if (path === '/again') return response.writeHead(302, { location: '/again' }).end()
    if (path === '/gone.png') return response.writeHead(404).end()
    if (path === '/large.png') return response.writeHead(200).end(Buffer.alloc(4 * 1024 * 1024))
    if (path.endsWith('.html')) return response.writeHead(200, { 'content-type': 'text/html' }).end(pageOf(path, `http://${request.headers.host}`))
    return response.writeHead(200, { 'content-type': 'image/png' }).end(qrPicture(path))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => new Promise((done) => (server.closeAllConnections(), server.close(() => done()))),
  }
}

function pageOf(path: string, site: string): Buffer {
  const bytes = readFileSync(new URL(`../fixtures/articles${path}`, import.meta.url))
  return bytes.includes('{{site}}') ? Buffer.from(bytes.toString().replaceAll('{{site}}', site)) : bytes
}
