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

type RoutesDeps = ReceiveDeps & { config: CallbackConfig }

/** GET and POST of every configured callback; a group that is left out, or another id, answers 404. */
export function webhookRoutes({ config, ...deps }: RoutesDeps): Router {
  const router = new Router({ prefix: '/webhooks', sensitive: true })
  for (const channel of channelsOf(config)) {
    const path = `/${channel.name}/:account`
    router.get(path, onlyFor(channel.account), answerUrlCheck(channel, deps))
    router.post(path, onlyFor(channel.account), receive(channel, deps))
  }
  return router
}

/** The POSTs of the same callbacks by their whole path: what comes most often is not looked for among all routes. */
export function callbackReceivers({ config, ...deps }: RoutesDeps): ReadonlyMap<string, Middleware> {
  return new Map(channelsOf(config).map((channel) => [`/webhooks/${channel.name}/${channel.account}`, receive(channel, deps)]))
}

function channelsOf({ weCom, officialAccount, shop, miniProgram, identitySecret }: CallbackConfig): readonly Channel[] {
  return [
    weComChannel(weCom),
    ...(officialAccount ? [officialAccountChannel(officialAccount, identitySecret)] : []),
    ...(shop ? [shopChannel(shop)] : []),
    ...(miniProgram?.callback ? [miniProgramChannel({ ...miniProgram, callback: miniProgram.callback })] : []),
  ]
}

function onlyFor(account: string): Middleware {
  return async (ctx, next) => {
    if ((ctx.params as { account?: string }).account === account) await next()
    else ctx.status = 404
  }
}
