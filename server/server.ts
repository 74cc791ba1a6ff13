import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Router } from '@koa/router'
import type { Config } from '../config/load.ts'
import { shippedRules } from '../config/rules.ts'
import { loadSentences } from '../config/sentences.ts'
import { beaconRoutes } from '../webhooks/beacon/routes.ts'
import { createConsent } from '../webhooks/consent.ts'
import { customerPageRoutes } from '../webhooks/customer-page/routes.ts'
import { inboundRoutes } from '../webhooks/inbound/routes.ts'
import { openSources, type InboundSources } from '../webhooks/inbound/sources.ts'
import { linkRoutes, pictureRoutes, weChatJsSdkUrl } from '../webhooks/links/routes.ts'
import { callbackReceivers, webhookRoutes } from '../webhooks/routes.ts'
import { payChannel } from '../webhooks/wechat-pay/channel.ts'
import { payRoutes, type PayRoutesDeps } from '../webhooks/wechat-pay/routes.ts'
import { payPageRoutes, type PayPageDeps } from '../webhooks/pay-page/routes.ts'
import { openStores, type Stores, type StoresDeps } from './adapters/mongo/connect.ts'
import { addGauges, createMetrics, type Metrics } from './adapters/prometheus/metrics.ts'
import { meteredStores } from './adapters/prometheus/metered-stores.ts'
import { openTencent, type Tencent } from './adapters/tencent/open.ts'
import { createApp, routesOf } from './app.ts'
import { compose, type UseCases } from './compose.ts'
import { laterMs } from './domain/alert-life.ts'
import { ConfigInvalid } from './domain/errors.ts'
import type { AppId } from './domain/ids.ts'
import { problemsOfDays } from './domain/retention.ts'
import { longestWindowMs, type Rule } from './domain/rule.ts'
import { healthProof } from './edge/health-proof.ts'
import { createRateLimits } from './edge/rate-limits.ts'
import { openEngine } from './engine.ts'
import { apiRoutes } from './http/api.ts'
import { beaconScript } from './http/beacon-script.ts'
import { healthRoutes } from './http/health.ts'
import { metricsRoutes } from './http/metrics.ts'
import { createLiveStreams } from './http/live.ts'
import { pages } from './http/pages.ts'
import { createSessions } from './http/session.ts'
import { verifyFileRoutes } from './http/verify-files.ts'
import { createViews } from './http/views.ts'
import { schedulePayJobs } from './jobs/pay-jobs.ts'
import { scheduleJobs } from './jobs/schedule.ts'
import { closeHttp, listen } from './listen.ts'
import type { Clock } from './ports/clock.ts'
import type { Log } from './ports/log.ts'

export interface ServerOptions {
  clock: Clock
  log: Log
  /** Folder of the built pages. */
  pagesRoot: string
  rules?: readonly Rule[]
  /** Hears every command to the store; for the test that holds every query to an index. */
  onCommand?: NonNullable<StoresDeps['onCommand']>
  /** Fsync per commit of the embedded store; off only in tests. */
  fsync?: boolean
  /** False: nothing runs by itself, the caller drains. */
  loops?: boolean
  /** Replaces how a synchronisation waits, ms of machine time; for tests. */
  wait?: (ms: number) => Promise<void>
  /** Replaces the adapters to Tencent; for replay, which has no Tencent. */
  tencent?: (stores: Stores) => Tencent
  /** Address of WeChat's JS-SDK script for the reader page; null where it cannot be reached. */
  jsSdkUrl?: string | null
}

export interface RunningServer {
  url: string
  port: number
  /** Every route, as `GET /api/alerts`; for the test that says who may use which. */
  routes: readonly string[]
  useCases: UseCases
  stores: Stores
  /** From now on `/readyz` says 503 and every answer ends its connection; all else goes on. */
  drain(): void
  /** Stops accepting, finishes what runs, closes everything. */
  close(): Promise<void>
}

/**
 * The whole product, listening on `config.port` (0: any free one).
 * @throws ConfigInvalid when a period is shorter than the rules look back, PortTaken, StoreUnavailable, or the embedded store's own error about DATA_DIR
 */
export async function startServer(config: Config, options: ServerOptions): Promise<RunningServer> {
  const { clock, log, loops = true } = options
  const rules = options.rules ?? shippedRules
  const short = problemsOfDays(config.retention, longestWindowMs(rules))
  if (short.length > 0) throw new ConfigInvalid(short.map((problem) => `retention: ${problem}`))
  const inboundSources = openSources(config.inbound, config.identitySecret)
  const engine = await openEngine(config, options)
  const listener = options.onCommand ? { onCommand: options.onCommand } : {}
  const metrics = createMetrics()
  const opened = await openedOr(engine.close, openStores({ uri: engine.uri, log, ...listener }))
  const { stores, jobs } = meteredStores(opened, metrics.registry)
  const closeStores = async () => {
    await stores.close()
    await engine.close()
  }
  const tencent = options.tencent?.(stores) ?? openTencent({ config, clock, log, tokens: stores.tokens, leases: stores.leases, noteCall: metrics.noteCall })
  const waiting = options.wait ? { wait: options.wait } : {}
  const useCases = compose({ config, stores, tencent, rules, sentences: loadSentences(), inboundSources, clock, log, ...waiting })
  await openedOr(closeStores, useCases.noteBeginnings())
  await openedOr(closeStores, useCases.keepNoticeTexts())
  const { app, routes, liveStreams, stopping } = assemble(config, options, { stores, tencent, useCases, inboundSources, metrics })
  const http = await openedOr(closeStores, listen(app.callback(), config.port))
  http.on('request', metrics.noteRequest)
  http.on('request', (_, response) => void (stopping.now && !response.headersSent && response.setHeader('connection', 'close')))
  addGauges(metrics, { ...stores, jobs, clock, liveClients: liveStreams.count, isWorking: useCases.worker.isLeading })
  const running = loops ? startLoops(useCases, stores, { ...options, config }) : null
  const { port } = http.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    routes,
    useCases,
    stores,
    drain() {
      stopping.now = true
    },
    async close() {
      stopping.now = true
      liveStreams.close()
      await Promise.all([closeHttp(http), running?.stop()])
      await useCases.closePosters()
      await closeStores()
    },
  }
}

/** What is opened next; if that fails, what is open already is closed. */
async function openedOr<Opened>(close: () => Promise<void>, opening: Promise<Opened>): Promise<Opened> {
  try {
    return await opening
  } catch (error) {
    await close()
    throw error
  }
}

interface Parts {
  stores: Stores
  tencent: Tencent
  useCases: UseCases
  inboundSources: InboundSources
  metrics: Metrics
}

function assemble(config: Config, options: ServerOptions, { stores, tencent, useCases, inboundSources, metrics }: Parts) {
  const { clock, log } = options
  const { publicUrl, allowedOrigins, operators, managers, weCom, hours, officialAccount } = config
  const stopping = { now: false }
  const limits = createRateLimits({ limits: config.rateLimits, byAddress: config.trustProxy !== null, clock })
  const base = { ...stores, ...tencent, ...useCases, forwardings: forwardingsOf(config, useCases), config, publicUrl, allowedOrigins, limits, clock, log }
  const consent = createConsent({ ...stores, isPaused: useCases.recording.isPaused, book: config.notices, clock })
  const liveStreams = createLiveStreams({ ...stores, log })
  const sessions = createSessions({
    ...base,
    sessionSecret: config.sessionSecret,
    operators,
    managers,
    weCom,
    timeZone: hours.timeZone,
    laterMinutes: laterMs / 60_000,
    payments: config.pay !== null,
  })
  const views = createViews({ clock, ...useCases.wording })
  const isStaffSession = (ctx: Parameters<typeof sessions.current>[0]) => sessions.current(ctx) !== null
  const jsSdkUrl = options.jsSdkUrl === undefined ? weChatJsSdkUrl : options.jsSdkUrl
  const routers = [
    healthRoutes({ ping: stores.ping, isStopping: () => stopping.now, prove: (nonce) => healthProof(config.sessionSecret, nonce) }),
    metricsRoutes({ text: metrics.registry.text, token: config.metricsToken }),
    webhookRoutes(base),
    ...paymentRouters(base),
    customerPageRoutes(base),
    beaconRoutes({ ...base, consent }),
    inboundRoutes({ ...base, sources: inboundSources }),
    pictureRoutes(base),
    linkRoutes({ ...base, consent, content: stores.contentLibrary, jsSdkUrl, isStaffSession }),
    apiRoutes({ ...base, miniProgramCard: cardOf(config), officialAccount: officialAccount?.appId ?? null, sessions, views, liveStreams, appNames: appNamesOf(config) }),
  ]
  const app = createApp({ publicUrl, allowedOrigins, trustProxy: config.trustProxy ?? 0, callbacks: callbackReceivers(base), routers, onNotStored: useCases.worker.missedSomething, files: [verifyFileRoutes(config.verifyFiles), beaconScript(join(options.pagesRoot, '../beacon')), pages(options.pagesRoot)], log })
  return { app, routes: routesOf(routers), liveStreams, stopping }
}

/** Channels whose callbacks another system had before us. */
function forwardingsOf({ forward }: Config, { passOn }: UseCases) {
  return new Map([...forward.targets.keys()].map((channel) => [channel, { passOn, waitMs: forward.waitMs }] as const))
}

function appNamesOf({ officialAccount, shop, miniProgram }: Config): ReadonlyMap<AppId, string> {
  const named = [[officialAccount, '公众号'], [shop, '微信小店'], [miniProgram, '小程序']] as const
  return new Map(named.flatMap(([app, name]) => (app ? [[app.appId, name] as const] : [])))
}

/** What a member sends so that opening it links the customer. */
function cardOf({ miniProgram }: Config) {
  return miniProgram?.cardPage ? { appId: miniProgram.appId, title: '进店看看', page: miniProgram.cardPage } : null
}

type PaymentRouterDeps = Omit<PayRoutesDeps, 'channel'> &
  Omit<PayPageDeps, 'gateway'> &
  Pick<Tencent, 'platformKeys' | 'paymentGateway'>

/** Without a merchant these routes answer 404. */
function paymentRouters(deps: PaymentRouterDeps & { config: Config }): Router[] {
  const { config, platformKeys, paymentGateway, clock } = deps
  if (!config.pay || !platformKeys || !paymentGateway) return []
  const { merchantId, apiV3Key } = config.pay
  const channel = payChannel({ merchantId, apiV3Key, keys: platformKeys, clock })
  return [payRoutes({ ...deps, channel }), payPageRoutes({ ...deps, gateway: paymentGateway })]
}

type LoopOptions = ServerOptions & { config: Config }

function startLoops(useCases: UseCases, stores: Stores, { clock, log, config }: LoopOptions): { stop(): Promise<void> } {
  const { worker } = useCases
  const base = { ...useCases, ...stores, timeZone: config.hours.timeZone, clock, log }
  const jobs = scheduleJobs({ ...base, syncContacts: useCases.synchroniseOrThrow, countShares: () => useCases.countShares(), countLinks: useCases.countLinks.snapshot })
  const payJobs = config.pay ? schedulePayJobs(base) : null
  const running = worker.run(jobs.catchUp)
  return {
    async stop() {
      worker.stop()
      useCases.stopWaiting()
      await Promise.all([running, jobs.stop(), payJobs?.stop()])
    },
  }
}
