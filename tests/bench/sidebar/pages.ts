import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { openSidebarServer, ticket } from '../../browser/sidebar-server.ts'
import { weComAgent } from '../../browser/open-sidebar.ts'

/** The built pages, and a desk that answers at once what the contract says. */
export interface Pages {
  origin: string
  ticket: string
  userAgent: string
  /** A page that is nothing but the sentence. */
  bareUrl: string
  /** Stands in for WeCom's client. */
  hostScript: string
  /** What a salesperson has to read: the title of the customer's alert. */
  sentence: string
  close(): Promise<void>
}

/** Serves the pages as they were built last. */
export async function openPages(): Promise<Pages> {
  const server = await openSidebarServer(fileURLToPath(new URL('../../../dist/sidebar', import.meta.url)))
  // What the device keeps of a view older than 72 hours by its own clock is thrown away.
  server.desk.customer.now = Date.now()
  const sentence = server.desk.customer.alerts[0]?.title ?? ''
  const bare = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<!doctype html><meta charset="utf-8"><p>${sentence}</p>`)
  })
  await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve))
  return {
    bareUrl: `http://localhost:${(bare.address() as AddressInfo).port}/`,
    origin: server.origin,
    ticket,
    userAgent: weComAgent,
    hostScript: fileURLToPath(new URL('../../browser/wecom-host.js', import.meta.url)),
    sentence,
    async close() {
      bare.closeAllConnections()
      await new Promise((resolve) => bare.close(resolve))
      await server.close()
    },
  }
}
