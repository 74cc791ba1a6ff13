import { shippedRules } from '../../config/rules.ts'
import { loadConfig } from '../../config/load.ts'
import { openSources } from '../../webhooks/inbound/sources.ts'
import { deliveryReader } from '../../webhooks/read.ts'
import { rebuildCommand, type ExitCode } from '../../server/commands/rebuild.ts'
import type { RebuildReport } from '../../server/usecases/rebuild/verify-rebuild.ts'
import type { TestBrand } from './open-brand.ts'
import { silentLog } from './store.ts'

/** `npm run rebuild` as an operator runs it beside the running server; what it says, and its exit code. */
export async function runsRebuild(
  { server, clock, env }: TestBrand,
  ...args: string[]
): Promise<{ said: string; code: ExitCode }> {
  const written: string[] = []
  const config = loadConfig({ ...env })
  const code = await rebuildCommand(args, {
    stores: server.stores,
    uri: String(env['MONGODB_URI']),
    identitySecret: config.identitySecret,
    read: deliveryReader(openSources(config.inbound, config.identitySecret)),
    rules: shippedRules,
    clock,
    log: silentLog,
    write: (text) => void written.push(text),
  })
  return { said: written.join(''), code }
}

/** The same with `--verify --json`, read. */
export async function verifies(brand: TestBrand): Promise<RebuildReport & { code: ExitCode }> {
  const { said, code } = await runsRebuild(brand, '--verify', '--json')
  return { ...(JSON.parse(said) as RebuildReport), code }
}

/** What differs, in a form that a failing test can show. */
export function differencesOf({ kinds }: RebuildReport): readonly string[] {
  return kinds.flatMap(({ kind, equal, differences }) =>
    equal ? [] : [`${kind}`, ...differences.map(({ what, about, at }) => `  ${what} ${about} ${String(at)}`)],
  )
}
