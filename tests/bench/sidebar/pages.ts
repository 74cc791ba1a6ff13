import { fileURLToPath } from 'node:url'
import { openSidebarServer, ticket } from '../../browser/sidebar-server.ts'
import { weComAgent } from '../../browser/open-sidebar.ts'

/** The built pages, and a desk that answers at once what the contract says. */
export interface Pages {
  origin: string
  ticket: string
  userAgent: string
  /** Stands in for WeCom's client. */
  hostScript: string
  /** What a salesperson has to read: the title of the customer's alert. */
  sentence: string
  close(): Promise<void>
}

/** Builds the pages and serves them. */
export async function openPages(): Promise<Pages> {
  const server = await openSidebarServer()
  return {
    origin: server.origin,
    ticket,
    userAgent: weComAgent,
    hostScript: fileURLToPath(new URL('../../browser/wecom-host.js', import.meta.url)),
    sentence: server.desk.customer.alerts[0]?.title ?? '',
    close: server.close,
  }
}
