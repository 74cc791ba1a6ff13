import { Router } from '@koa/router'
import type { Middleware } from 'koa'
import type { Config } from '../config/load.ts'
import type { Channel } from './channel.ts'
import { miniProgramChannel } from './mini-program/channel.ts'
import { officialAccountChannel } from './official-account/channel.ts'
import { answerUrlCheck, receive, type ReceiveDeps } from './receive.ts'
import { shopChannel } from './wechat-shop/channel.ts'
import { weComChannel } from './wecom/channel.ts'

/** The groups of the configuration that receive callbacks. */
export type CallbackConfig = Pick<Config, 'weCom' | 'officialAccount' | 'shop' | 'miniProgram' | 'identitySecret'>

/** GET and POST of every configured callback; a group that is left out, or another id, answers 404. */
export function webhookRoutes({ config, ...deps }: ReceiveDeps & { config: CallbackConfig }): Router {
  const router = new Router({ prefix: '/webhooks', sensitive: true })
  const { weCom, officialAccount, shop, miniProgram } = config
  serve('/wecom/:corpId', weComChannel(weCom))
  if (officialAccount) serve('/official-account/:appId', officialAccountChannel(officialAccount, config.identitySecret))
  if (shop) serve('/wechat-shop/:appId', shopChannel(shop))
  if (miniProgram?.callback) {
    serve('/mini-program/:appId', miniProgramChannel({ ...miniProgram, callback: miniProgram.callback }))
  }
  return router

  function serve(path: string, channel: Channel): void {
    router.get(path, onlyFor(channel.account), answerUrlCheck(channel, deps))
    router.post(path, onlyFor(channel.account), receive(channel, deps))
  }
}

function onlyFor(account: string): Middleware {
  return async (ctx, next) => {
    const [asked] = Object.values(ctx.params as Record<string, string>)
    if (asked === account) await next()
    else ctx.status = 404
  }
}
