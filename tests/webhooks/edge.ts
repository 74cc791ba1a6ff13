import { request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import type { CallbackMode } from '../../config/load.ts'
import type { AppId } from '../../server/domain/ids.ts'
import type { Delivery, Inbox } from '../../server/ports/inbox.ts'
import { noLimits } from '../support/no-limits.ts'
import { webhookRoutes, type CallbackConfig } from '../../webhooks/routes.ts'

/** Keys, ids and nothing else of the accounts that these tests receive for. */
export const keys = {
  wecom: {
    account: 'ww0123456789abcdef',
    token: 'weComToken',
    aesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C',
  },
  'official-account': {
    account: 'wxACCOUNT0000001',
    token: 'accountToken',
    aesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
  },
  'wechat-shop': {
    account: 'wxSHOP0000000001',
    token: 'shopToken',
    aesKey: 'kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR',
  },
  'mini-program': {
    account: 'wxMINI0000000001',
    token: 'miniToken',
    aesKey: 'CyjBvGm4tJNmcThkeL5Wajzom4jKlBygKtpTkYeqsnE',
  },
}
export type SealedChannel = keyof typeof keys

/** A configuration with every group, the Official Account in the given mode. */
export function callbackConfig(mode: CallbackMode = 'secure'): EdgeConfig {
  const group = (name: SealedChannel) => ({
    appId: keys[name].account as AppId,
    appSecret: 'secret',
    callback: { token: keys[name].token, aesKey: keys[name].aesKey },
  })
  const weCom = { corpId: keys.wecom.account, agentId: 1000002, agentSecret: 'secret', contactSecret: 'secret' }
  return {
    weCom: { ...weCom, callback: group('wecom').callback },
    officialAccount: { ...group('official-account'), mode },
    shop: group('wechat-shop'),
    miniProgram: { ...group('mini-program'), encryptsAnswers: false },
  }
}

export interface Answer {
  status: number
  body: string
  headers: Record<string, string | string[] | undefined>
}

interface Logged {
  fields: Record<string, unknown>
  message: string
}

type EdgeConfig = Omit<CallbackConfig, 'identitySecret'>

/** The edge behind a real HTTP server, with an inbox in memory that can be told to fail. */
export async function openEdge(config: EdgeConfig) {
  const stored = new Map<string, Delivery>()
  const logged: Logged[] = []
  let accept = async (delivery: Delivery): Promise<'stored' | 'seen'> => {
    const key = `${delivery.channel} ${delivery.account} ${delivery.key}`
    if (stored.has(key)) return 'seen'
    stored.set(key, delivery)
    return 'stored'
  }
  const note = (fields: Logged['fields'], message: string) => void logged.push({ fields, message })
  const inbox: Inbox = {
    accept: (deliveries) => Promise.all(deliveries.map((delivery) => accept(delivery))),
    take: () => unused(),
    settle: () => unused(),
    oldest: () => unused(),
    depth: () => unused(),
    list: () => unused(),
    left: () => unused(),
    find: () => unused(),
    each: () => {
      throw new Error('the edge only accepts')
    },
    reopen: () => unused(),
  }
  const router = webhookRoutes({
    config: { ...config, identitySecret: 'a secret of the tests' },
    inbox,
    limits: noLimits,
    clock: { now: () => new Date('2026-01-01T00:00:01Z') },
    log: { info: note, warn: note, error: note },
  })
  const app = new Koa()
  app.silent = true
  app.use(router.routes()).use(router.allowedMethods())
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  const { port } = server.address() as AddressInfo

  return {
    port,
    logged,
    deliveries: () => [...stored.values()],
    texts: () => [...stored.values()].map((delivery) => new TextDecoder().decode(delivery.bytes)),
    clear: () => (stored.clear(), void (logged.length = 0)),
    failWith: (broken: () => Promise<'stored'>) => void (accept = broken),
    get: (path: string) => send(port, 'GET', path),
    post: (path: string, body: string | Uint8Array) => send(port, 'POST', path, body),
    send: (method: string, path: string) => send(port, method, path),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type Edge = Awaited<ReturnType<typeof openEdge>>

function send(port: number, method: string, path: string, body?: string | Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        const { statusCode = 0, headers } = incoming
        resolve({ status: statusCode, body: Buffer.concat(chunks).toString(), headers })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function unused(): Promise<never> {
  return Promise.reject(new Error('the edge only accepts'))
}
