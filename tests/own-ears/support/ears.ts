import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import Koa from 'koa'
import type { CustomerEvent, Fact, LinkFact } from '../../../server/domain/event.ts'
import type { AppId } from '../../../server/domain/ids.ts'
import { beaconRoutes } from '../../../webhooks/beacon/routes.ts'
import { parseBeacon } from '../../../webhooks/beacon/parse.ts'
import { linkRoutes } from '../../../webhooks/links/routes.ts'
import { parseLinks } from '../../../webhooks/links/parse.ts'
import { noLimits } from '../../support/no-limits.ts'
import { quietConsent } from '../../support/quiet-consent.ts'
import { memoryContent, memoryInbox, memoryPeople, memoryShares } from './stores.ts'
import { tencentDouble } from './tencent.ts'

export const accountId = 'wxaccount' as AppId
export const miniProgramId = 'wxmini' as AppId
export const mallOrigin = 'https://mall.example.com'

const callback = { token: 'token', aesKey: 'a'.repeat(43) }

export interface EarsOptions {
  publicUrl?: string
  withAccount?: boolean
  jsSdkUrl?: string | null
}

export type Ears = Awaited<ReturnType<typeof openEars>>

/** Our own ears behind real HTTP, with stores in memory, Tencent as a double and a clock that is set by hand. */
export async function openEars(options: EarsOptions = {}) {
  const { publicUrl = 'https://brand.example.com', withAccount = true, jsSdkUrl = null } = options
  const now = { at: new Date('2026-03-02T10:00:00+08:00') }
  const clock = { now: () => now.at }
  const [mailbox, library, chain, crowd, tencent] = [
    memoryInbox(),
    memoryContent(),
    memoryShares(),
    memoryPeople(),
    tencentDouble(),
  ]
  const logged: string[] = []
  const write = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }))
  const log = { info: write, warn: write, error: write }
  const timelineKeys = new Set<string>()
  const officialAccount = { appId: accountId, appSecret: 's', callback, mode: 'secure' as const }
  const config = {
    publicUrl,
    sessionSecret: 'a secret of the tests',
    identitySecret: 'another secret of the tests',
    allowedOrigins: [new URL(publicUrl).origin, mallOrigin],
    hours: { fromMinute: 0, toMinute: 1440, timeZone: 'Asia/Shanghai' },
    officialAccount: withAccount ? officialAccount : null,
    miniProgram: { appId: miniProgramId, appSecret: 's', callback: null, encryptsAnswers: false },
  }
  const shared = { config, inbox: mailbox.inbox, limits: noLimits, consent: quietConsent(clock), clock, log, accountOAuth: withAccount ? tencent.oauth : null }
  const known = async (keys: readonly string[]) => new Set(keys.filter((key) => timelineKeys.has(key)))
  const app = new Koa()
  app.use(beaconRoutes({ ...shared, timeline: { known }, miniProgramLogin: tencent.login, miniProgramPhones: null }).routes())
  app.use(
    linkRoutes({
      ...shared,
      content: library.library,
      pictures: { put: async () => null, get: async () => null },
      findContactCode: async () => null,
      posters: { plan: async () => null, draw: async () => ({ png: new Uint8Array(), isWhole: true }) },
      shares: chain.shares,
      people: crowd.people,
      accountPageSignatures: withAccount ? tencent.signatures : null,
      jsSdkUrl,
      isStaffSession: (ctx) => ctx.cookies.get('session') === 'staff',
    }).routes(),
  )
  const server = createServer(app.callback()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const facts = (): Fact[] =>
    mailbox.kept.flatMap((delivery) => (delivery.channel === 'links' ? parseLinks(delivery) : parseBeacon(delivery)))
  return {
    origin,
    publicUrl,
    config,
    clock,
    tencent,
    logged,
    timelineKeys,
    inbox: mailbox,
    shares: chain,
    people: crowd,
    publish: library.publish,
    later: (seconds: number) => void (now.at = new Date(now.at.getTime() + seconds * 1000)),
    events: (): CustomerEvent[] => facts().flatMap((fact) => (fact.about === 'customer' ? [fact.event] : [])),
    links: (): LinkFact[] => facts().flatMap((fact) => (fact.about === 'link' ? [fact.link] : [])),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Text of a fixture of ours. */
export function fixture(name: string): string {
  return readFileSync(new URL(`../../fixtures/own-ears/${name}`, import.meta.url), 'utf8')
}

/** What programs call themselves. */
export const agents = JSON.parse(fixture('user-agents.json')) as Record<
  'weChatOnIPhone' | 'weChatOnAndroid' | 'weCom' | 'safari' | 'spider' | 'previewInWeChat' | 'headless' | 'httpLibrary',
  string
>
