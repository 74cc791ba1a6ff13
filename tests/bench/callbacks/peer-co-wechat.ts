import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import Koa, { type Middleware } from 'koa'
import { input, listening } from './listening.ts'
import type { Account } from './mix.ts'

/** co-wechat as its manual shows it, one for each account. It checks, decrypts, parses, and stores nothing. */
type CoWeChat = new (config: { token: string; appid: string; encodingAESKey: string }) => {
  middleware(handle: (message: unknown) => Promise<string>): Middleware
}
const WeChat = createRequire(import.meta.url)('co-wechat') as CoWeChat

const peers = new Map(
  input<readonly Account[]>().map(({ path, token, aesKey, receiveId }) => {
    const peer = new WeChat({ token, appid: receiveId, encodingAESKey: aesKey })
    return [path, peer.middleware(async () => 'success')] as const
  }),
)
const app = new Koa()
app.use(async (ctx, next) => {
  await peers.get(ctx.path)?.(ctx, next)
})
listening(createServer(app.callback()))
