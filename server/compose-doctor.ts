import { randomBytes } from 'node:crypto'
import { loadConfig, type Config } from '../config/load.ts'
import { shippedRules } from '../config/rules.ts'
import { loadSentences } from '../config/sentences.ts'
import { standInsAmong } from '../config/tencent-bases.ts'
import { urlChecks } from '../webhooks/url-checks.ts'
import { keptApart } from './adapters/diagnosis/apart.ts'
import { webProbe } from './adapters/diagnosis/http.ts'
import { payProbe } from './adapters/diagnosis/pay.ts'
import { accountProbe, appProbe, shopProbe } from './adapters/diagnosis/wechat.ts'
import { weComProbe } from './adapters/diagnosis/wecom.ts'
import { openStores, type Stores } from './adapters/mongo/connect.ts'
import { networkCodeOf } from './adapters/mongo/store-errors.ts'
import { tencentHttp } from './adapters/tencent/http.ts'
import { storeName } from './commands/store-name.ts'
import { findingOfProblem, findingOfWarning } from './domain/diagnosis-causes.ts'
import { found, type FaultName } from './domain/diagnosis-faults.ts'
import type { Diagnosis, Finding } from './domain/diagnosis.ts'
import { ConfigInvalid, RestoreUnfinished, StoreUnavailable } from './domain/errors.ts'
import { problemsOfDays } from './domain/retention.ts'
import { longestWindowMs } from './domain/rule.ts'
import { healthProof } from './edge/health-proof.ts'
import { openEngine } from './engine.ts'
import type { Clock } from './ports/clock.ts'
import type { Log } from './ports/log.ts'
import { createDiagnose, type DiagnoseDeps } from './usecases/diagnose.ts'
import { once } from './usecases/examine/once.ts'
import { examineOwn } from './usecases/examine/own.ts'
import { examineWeb } from './usecases/examine/web.ts'
import { examineAccount, examineMiniProgram, examinePay, examineShop } from './usecases/examine/wechat.ts'
import { examineWeCom } from './usecases/examine/wecom.ts'

export interface DoctorDeps {
  env: Readonly<Record<string, string | undefined>>
  clock: Clock
  log: Log
  /** Another file than the brand's own; for tests. */
  sentencesFile?: string
  /** Stores that are open already, and stay so; for tests. */
  stores?: Stores
  /** ms that any one answer may take; 5000 unless told. */
  timeoutMs?: number
}

type Examiners = DiagnoseDeps['examiners']

/** Examines the whole set-up of this environment, and closes what it opened. */
export async function diagnoseSetUp(deps: DoctorDeps): Promise<Diagnosis> {
  const { config, findings } = readSettings(deps)
  const settings: Examiners = { settings: async () => findings }
  if (config === null) return createDiagnose({ examiners: settings, log: deps.log })()
  const store = openLater(config, deps)
  try {
    const examiners = { ...settings, ...store.examiners, ...examinersOf(config, deps, store.stores) }
    return await createDiagnose({ examiners, standIns: standInsAmong(config.bases), log: deps.log })()
  } finally {
    await store.close()
  }
}

function readSettings({ env, sentencesFile }: DoctorDeps): { config: Config | null; findings: readonly Finding[] } {
  const problems: string[] = []
  const config = keepingProblems(problems, () => loadConfig(env))
  keepingProblems(problems, () => loadSentences(sentencesFile))
  if (config) problems.push(...problemsOfDays(config.retention, longestWindowMs(shippedRules)).map((problem) => `retention: ${problem}`))
  const isShared = config !== null && config.identitySecret === config.sessionSecret
  return {
    config,
    findings: [
      ...problems.map(findingOfProblem),
      ...(config?.warnings ?? []).map(findingOfWarning),
      ...(isShared ? [found('identity-secret-missing')] : []),
    ],
  }
}

function keepingProblems<Value>(problems: string[], read: () => Value): Value | null {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error
    problems.push(...error.problems)
    return null
  }
}

const engineFaults: Readonly<Record<string, FaultName>> = {
  DATA_DIR_FOREIGN: 'data-dir-foreign',
  DATA_DIR_DAMAGED: 'data-dir-damaged',
  DATA_DIR_UNWRITABLE: 'data-dir-unwritable',
  DATA_DIR_OTHER_VERSION: 'data-dir-other-version',
  ENGINE_FAILED: 'engine-not-started',
}

/** Engine and stores, opened by the first examination that needs them. */
function openLater(config: Config, { log, stores: given }: DoctorDeps) {
  const engine = once(() => openEngine(config))
  const opened: { stores?: Stores } = {}
  const stores = once(async () => given ?? (opened.stores = await openStores({ uri: (await engine()).uri, log })))

  async function dataDir(): Promise<readonly Finding[]> {
    try {
      await engine()
      return []
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      const fault = engineFaults[code]
      if (!fault || !(error instanceof Error)) throw error
      return [found(fault, config.dataDir)]
    }
  }

  return {
    stores,
    examiners: config.mongodbUri === null ? { 'data-dir': dataDir } : {},
    async close() {
      await opened.stores?.close()
      if (!given) await engine().then((open) => open.close(), () => undefined)
    },
  }
}

function examinersOf(config: Config, { clock, timeoutMs = 5_000 }: DoctorDeps, stores: () => Promise<Stores>): Examiners {
  const { bases, weCom, officialAccount, shop, miniProgram, pay, publicUrl } = config
  const ahead = clockListener(clock)
  const wires = { ...keptApart(clock), http: tencentHttp({ timeoutMs, onDate: ahead.onDate }) }
  const weChat = { ...wires, base: bases.weChatApi }
  const company = examineWeCom({
    weCom: weComProbe({ ...wires, base: bases.weComApi }, weCom),
    publicHost: new URL(publicUrl).host,
    staff: [...new Set([...config.operators, ...config.managers])],
  })
  const own = examineOwn({ stores, clockAhead: ahead.aheadMs, channels: channelsOf(config), clock })
  const known = async () => (await stores()).contacts
  const web = examineWeb({
    web: webProbe({ timeoutMs }),
    publicUrl,
    isLocalTrial: isLoopback(publicUrl) && isLoopback(bases.weComApi),
    newNonce: () => randomBytes(16).toString('hex'),
    prove: (nonce) => healthProof(config.sessionSecret, nonce),
    verifyFiles: config.verifyFiles,
    urlChecks: () => urlChecks(config, clock.now()),
    forwards: [...config.forward.targets].map(([channel, url]) => [`FORWARD_${channel.toUpperCase().replaceAll('-', '_')}`, url] as const),
  })
  return {
    ...web,
    ...company.examiners,
    clock: own.clock,
    callbacks: own.callbacks,
    worker: own.worker,
    inbox: own.inbox,
    store: namingStore(config, refusingUnfinished(own.store)),
    ...(officialAccount && examineAccount(accountProbe(weChat, officialAccount), { contacts: company.contacts, known })),
    ...(miniProgram && examineMiniProgram(appProbe(weChat, miniProgram), own['mini-program-users'])),
    ...(shop && examineShop(shopProbe(weChat, shop))),
    ...(pay && examinePay(payProbe({ config: pay, base: bases.weChatPay, publicUrl, clock, timeoutMs }))),
  }
}

/** Which store does not answer, and why: host and the system's code, no user and no password. */
function namingStore(config: Config, examine: () => Promise<readonly Finding[]>): () => Promise<readonly Finding[]> {
  return async () => {
    try {
      return await examine()
    } catch (error) {
      if (error instanceof StoreUnavailable) return [found('store-unreachable', `${storeName(config)}, ${networkCodeOf(error) ?? 'no answer'}`)]
      throw error
    }
  }
}

function refusingUnfinished(examine: () => Promise<readonly Finding[]>): () => Promise<readonly Finding[]> {
  return async () => {
    try {
      return await examine()
    } catch (error) {
      if (error instanceof RestoreUnfinished) return [found('restore-unfinished')]
      throw error
    }
  }
}

/** The channels whose callbacks belong to what is configured. */
function channelsOf({ officialAccount, shop, miniProgram, pay }: Config): readonly string[] {
  const expected = [
    ['wecom', true],
    ['official-account', officialAccount !== null],
    ['wechat-shop', shop !== null],
    ['mini-program', (miniProgram?.callback ?? null) !== null],
    ['wechat-pay', pay !== null],
  ] as const
  return expected.filter(([, isExpected]) => isExpected).map(([channel]) => channel)
}

/** The Date header tells whole seconds: on average half a second more has passed (RFC 9110, section 6.6.1). */
function clockListener(clock: Clock) {
  let aheadMs: number | null = null
  return {
    onDate(date: string | null) {
      const theirs = date === null ? NaN : Date.parse(date)
      if (!Number.isNaN(theirs)) aheadMs = clock.now().getTime() - theirs - 500
    },
    aheadMs: () => aheadMs,
  }
}

function isLoopback(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)
}
