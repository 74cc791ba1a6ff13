import { loadConfig } from '../../config/load.ts'
import { openStores } from '../adapters/mongo/connect.ts'
import { ConfigInvalid, NotFound } from '../domain/errors.ts'
import { identityKey, type ExternalUserId, type IdentityKey, type JoinId } from '../domain/ids.ts'
import type { Join } from '../domain/person.ts'
import { openEngine } from '../engine.ts'
import { environment } from '../environment.ts'
import { createLog } from '../log.ts'
import type { JoinChange } from '../ports/people.ts'
import { createUndoJoin, type UndoJoin } from '../usecases/undo-join.ts'

const usage = [
  'npm run links -- show IDENTITY|EXTERNAL_USERID   (openid:APPID:OPENID, unionid:…, external:…, or an external_userid)',
  'npm run links -- undo JOIN_ID',
  'npm run links -- redo JOIN_ID',
]

export interface LinksDeps {
  undoJoin: UndoJoin
  write: (text: string) => void
}

/**
 * Why identities count as one person, and taking a join back. Whoever may use the machine is an operator.
 * @throws ConfigInvalid with the usage, or saying what is not there
 */
export async function links(args: readonly string[], { undoJoin, write }: LinksDeps): Promise<void> {
  const [verb, what, ...more] = args
  if (what === undefined || more.length > 0) throw new ConfigInvalid(usage)
  if (verb === 'show') return show(identityOf(what))
  if (verb === 'undo') return report(undoJoin.undo(what as JoinId), 'undone', 'it was undone before')
  if (verb === 'redo') return report(undoJoin.redo(what as JoinId), 'stands again', 'nothing to do: they are one person')
  throw new ConfigInvalid(usage)

  async function show(key: IdentityKey): Promise<void> {
    const joins = await undoJoin.joins(key)
    write(joins.length > 0 ? joins.map(lineOf).join('') : `nothing is joined with ${key}\n`)
  }

  async function report(change: Promise<JoinChange>, done: string, already: string): Promise<void> {
    const { changed, persons } = await found(change)
    const lines = persons.map(({ identities }) => `  ${identities.map(({ key }) => key).join('  ')}\n`)
    write(`${changed ? `${done}; the running server puts alerts right within seconds` : already}\n${lines.join('')}`)
  }
}

async function found(change: Promise<JoinChange>): Promise<JoinChange> {
  try {
    return await change
  } catch (error) {
    throw error instanceof NotFound ? new ConfigInvalid(['there is no join with that id']) : error
  }
}

function identityOf(text: string): IdentityKey {
  const isKey = /^(?:openid|unionid|external|phone|member):/.test(text)
  return isKey ? (text as IdentityKey) : identityKey({ kind: 'external', externalUserId: text as ExternalUserId })
}

/** `6922…  2026-03-02T02:00:00Z  openid:wx1:oA = unionid:uA  by code2session wx1  undone 2026-03-03T02:00:00Z`. */
function lineOf({ id, a, b, evidence, at, undone }: Join): string {
  const by = ['by', evidence.by, ...(evidence.appId ? [evidence.appId] : [])].join(' ')
  return `${[id, moment(at), `${a} = ${b}`, by, ...(undone ? [`undone ${moment(undone)}`] : [])].join('  ')}\n`
}

function moment(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}

async function main(): Promise<void> {
  const engine = await openEngine(loadConfig(environment()))
  const stores = await openStores({ uri: engine.uri, log: createLog({ level: 'error' }) })
  try {
    const undoJoin = createUndoJoin({ ...stores, wake: () => undefined, clock: { now: () => new Date() } })
    await links(process.argv.slice(2), { undoJoin, write: (text) => process.stdout.write(text) })
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
