import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Feed } from './feed.ts'

/** The customer service system that had the Official Account's address before us, and still hears every callback. */
export async function openOldSystem(feed: Pick<Feed, 'add'>): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.writeHead(200, { 'content-type': 'text/plain' }).end('success')
      feed.add({ tone: 'quiet', title: '也转给原来的客服系统', text: '同样的字节', small: 'FORWARD_OFFICIAL_ACCOUNT' })
    })
  })
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen(0, '127.0.0.1', done)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/wechat`,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
