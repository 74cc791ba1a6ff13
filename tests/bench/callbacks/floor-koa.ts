import { createServer, type IncomingMessage } from 'node:http'
import Koa from 'koa'
import { Parser } from 'xml2js'
import { input, listening } from './listening.ts'
import type { Account } from './mix.ts'
import { createOpener } from './open-by-hand.ts'

/** What is commonly written: koa, a parser for the envelope and for the message, the same crypto. Stores nothing. */
const openers = new Map(input<readonly Account[]>().map((account) => [account.path, createOpener(account)]))
const app = new Koa()

app.use(async (ctx) => {
  const { Encrypt } = await parsed((await bodyOf(ctx.req)).toString())
  const message = openers.get(ctx.path)?.(String(Encrypt), new URLSearchParams(ctx.querystring))
  const { MsgType } = message ? await parsed(message) : {}
  ctx.status = MsgType ? 200 : 401
  ctx.body = MsgType ? 'success' : ''
})

listening(createServer(app.callback()))

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function parsed(xml: string): Promise<Record<string, unknown>> {
  return (await new Parser({ explicitArray: false, explicitRoot: false }).parseStringPromise(xml)) as Record<string, unknown>
}
