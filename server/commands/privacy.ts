import { loadConfig } from '../../config/load.ts'
import { composePrivacyCommands } from '../compose-privacy.ts'
import { openStores } from '../adapters/mongo/connect.ts'
import { searchFiles } from '../adapters/files/search-files.ts'
import { ConfigInvalid } from '../domain/errors.ts'
import { identityKey, type AppId, type ExternalUserId, type IdentityKey, type OpenId, type UnionId } from '../domain/ids.ts'
import type { NoticeBook } from '../domain/notice.ts'
import { normalisePhone, type Phone } from '../domain/phone.ts'
import type { RetentionDays } from '../domain/retention.ts'
import { identityHasher } from '../edge/identity-hash.ts'
import { openEngine } from '../engine.ts'
import { environment } from '../environment.ts'
import { createLog } from '../log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Erasure, Erasures, Locked } from '../ports/privacy.ts'
import type { Retention } from '../ports/retention.ts'
import type { EraseCustomer } from '../usecases/erase-customer.ts'
import type { FindSubject } from '../usecases/find-subject.ts'
import type { PauseCustomer } from '../usecases/pause-customer.ts'
import { createProveErased, type ProveErased } from '../usecases/prove-erased.ts'
import { readArguments, readLimit } from './arguments.ts'
import { showLocked } from './privacy-locked.ts'
import { showNotices } from './privacy-notices.ts'
import { showPeriods } from './privacy-periods.ts'

const usage = [
  'npm run privacy -- prove ID [--path FILE-OR-DIRECTORY …]',
  'npm run privacy -- erase ID | pause ID | resume ID',
  'npm run privacy -- list [--limit 50]',
  'npm run privacy -- restored',
  'npm run privacy -- periods | notices | locked [--limit 50]',
  'ID: external:EXTERNAL_USERID | openid:APPID:OPENID | unionid:UNIONID | phone:NUMBER | member:HASH',
]

const options = { path: { type: 'string', multiple: true }, limit: { type: 'string', default: '50' } } as const

export interface PrivacyCommandDeps {
  proveErased: ProveErased
  eraseCustomer: EraseCustomer
  pauseCustomer: PauseCustomer
  eraseRestored: () => Promise<number>
  findSubject: FindSubject
  erasures: Pick<Erasures, 'list'>
  retention: Pick<Retention, 'lastRun'>
  locked: Pick<Locked, 'list'>
  days: RetentionDays
  book: NoticeBook
  identitySecret: string
  /** Searched by `prove` beside the store: logs and archives. */
  paths: readonly string[]
  clock: Clock
  write: (text: string) => void
}

/**
 * A customer's wishes as an operator carries them out: proving that nothing is left, erasing, pausing, resuming, what was
 * asked for so far, and erasing again whom a restored backup brought back. `false`: prove has found something.
 * @throws ConfigInvalid with the usage
 */
export async function privacy(args: readonly string[], deps: PrivacyCommandDeps): Promise<boolean> {
  const { write, clock } = deps
  const { values, positionals } = readArguments(args, options, usage)
  const [verb, text, ...more] = positionals
  if (verb === 'list' && text === undefined) return list(readLimit(values.limit, 10_000, usage))
  if (verb === 'periods' && text === undefined) return showPeriods(deps)
  if (verb === 'notices' && text === undefined) return showNotices(deps)
  if (verb === 'locked' && text === undefined) return showLocked(deps, readLimit(values.limit, 10_000, usage))
  if (verb === 'restored' && text === undefined) {
    write(`${await deps.eraseRestored()} identities of the erased had come back; the server erases them now\n`)
    return true
  }
  if (text === undefined || more.length > 0) throw new ConfigInvalid(usage)
  const key = identityOf(text, deps.identitySecret)
  switch (verb) {
    case 'prove':
      return prove(key, text)
    case 'erase':
      write(`${await deps.eraseCustomer.erase(key, 'request', 'person', 'operator')}: stored; the server erases it now, "list" shows when it is done\n`)
      return true
    case 'pause':
      await deps.pauseCustomer.pause(key, clock.now(), 'operator')
      write('paused: nothing more is stored\n')
      return true
    case 'resume':
      await deps.pauseCustomer.resume(key, clock.now(), 'operator')
      write('resumed\n')
      return true
    default:
      throw new ConfigInvalid(usage)
  }

  /** Everything that is known to be the same human is looked for; after an erasure that is the id alone. */
  async function prove(wanted: IdentityKey, given: string): Promise<boolean> {
    const { keys } = await deps.findSubject(wanted, 'person')
    const texts = [...new Set([...keys.map(bareId), ...spellings(given)])]
    const traces = await deps.proveErased(texts, [...deps.paths, ...(values.path ?? [])])
    for (const { where, count } of traces) write(`${where}: ${count}\n`)
    const total = traces.reduce((sum, { count }) => sum + count, 0)
    write(`${total} found (${texts.length} ${texts.length === 1 ? 'id' : 'ids'} looked for)\n`)
    return total === 0
  }

  async function list(limit: number): Promise<boolean> {
    const found = await deps.erasures.list(limit)
    write(found.length > 0 ? found.map(lineOf).join('') : 'nothing was asked for\n')
    return true
  }
}

/** `2026-03-02T02:00:00Z  request by customer  person  done 2026-03-02T02:00:04Z  timeline 12, alerts 3`. */
function lineOf({ id, requestedAt, reason, by, scope, state, dueAt, endedAt, erased }: Erasure): string {
  const at = state === 'scheduled' ? `due ${secondsOf(dueAt)}` : endedAt ? secondsOf(endedAt) : ''
  const counts = Object.entries(erased).map(([where, count]) => `${where} ${count}`).join(', ')
  return `${[secondsOf(requestedAt), id, `${reason} by ${by}`, scope, `${state} ${at}`.trim(), counts].filter((part) => part !== '').join('  ')}\n`
}

function secondsOf(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}

/** @throws ConfigInvalid */
function identityOf(text: string, identitySecret: string): IdentityKey {
  const [kind, ...parts] = text.split(':')
  const rest = parts.join(':')
  const phone = kind === 'phone' ? normalisePhone(rest) : null
  if (phone) return identityKey(identityHasher(identitySecret).phone(phone))
  if (kind === 'external' && rest) return identityKey({ kind, externalUserId: rest as ExternalUserId })
  if (kind === 'unionid' && rest) return identityKey({ kind, unionId: rest as UnionId })
  const [appId, ...openId] = parts
  if (kind === 'openid' && appId && openId.length > 0) {
    return identityKey({ kind, appId: appId as AppId, openId: openId.join(':') as OpenId })
  }
  if (kind === 'member' && rest) return `member:${rest}` as IdentityKey
  throw new ConfigInvalid(usage)
}

/** The id as texts hold it: without its kind, and of an openid without its app. */
function bareId(key: IdentityKey): string {
  const [kind, ...parts] = key.split(':')
  return (kind === 'openid' ? parts.slice(1) : parts).join(':')
}

/** A phone number itself must be nowhere, however it is written. */
function spellings(text: string): readonly string[] {
  const phone: Phone | null = text.startsWith('phone:') ? normalisePhone(text.slice('phone:'.length)) : null
  return phone ? [phone, phone.replace('+86', '')] : []
}

async function main(): Promise<void> {
  const config = loadConfig(environment())
  const engine = await openEngine(config)
  const log = createLog({ level: 'error' })
  const stores = await openStores({ uri: engine.uri, log })
  try {
    const clock = { now: () => new Date() }
    const commands = composePrivacyCommands({ config, stores, clock, log })
    const proveErased = createProveErased({ ...stores, files: searchFiles() })
    const { identitySecret, privacyPaths: paths, retention: days, notices: book } = config
    const write = (text: string) => process.stdout.write(text)
    if (!(await privacy(process.argv.slice(2), { ...commands, ...stores, proveErased, days, book, identitySecret, paths, clock, write }))) process.exitCode = 1
  } finally {
    await stores.close()
    await engine.close()
  }
}

if (process.argv[1] && import.meta.url === new URL(`file://${process.argv[1]}`).href) {
  main().catch((error: unknown) => {
    const problems = error instanceof ConfigInvalid ? error.problems : [error instanceof Error ? error.message : String(error)]
    for (const problem of problems) console.error(problem)
    process.exitCode = 1
  })
}
