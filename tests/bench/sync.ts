import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { openFakeTencent, type FakeTencent } from '../fake-tencent/main.ts'
import { openBenchStore, productEnv, type BenchStore } from './brand.ts'
import { layOut, pinned, type Cores } from './cores.ts'
import { processorSeconds } from './processes.ts'
import type { Bench, Figure, Options, Report } from './report.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** As package.json has them: a small young generation keeps what is read and dropped from filling memory. */
const flags = ['--max-semi-space-size=4']

/** One run of `npm run sync`, seen from outside. */
interface Run {
  seconds: number
  /** Highest resident memory of the command, in MB. */
  peakMb: number
  processorSeconds: number
  storeSeconds: number
  calls: number
  code: number | null
  said: string
}

/**
 * `npm run sync` against the stand-in: contacts, members, tags and followers, first into an empty store and then again
 * with almost nothing changed (A10). The stand-in answers every call after `--delay` ms.
 */
export const sync: Bench = {
  name: 'sync',
  about: 'npm run sync: 100,000 contacts, then again (--contacts, --followers, --members, --delay)',
  run: measure,
}

async function measure(options: Options): Promise<Report> {
  const size = {
    contacts: options.number('contacts', 100_000),
    followers: options.number('followers', 100_000),
    members: options.number('members', 500),
  }
  const delayMs = options.number('delay', 50)
  const cores = layOut()
  const store = await openBenchStore()
  const tencent = await openFakeTencent({ clock: { now: () => new Date() } })
  const crowd = tencent.crowd(size)
  await tencent.tagGroup({ id: 'etGROUP', name: '等级', order: 1, tags: [{ id: 'etGOLD', name: '金卡', order: 1 }] })
  tencent.weather.delay(delayMs)
  try {
    const contactsOnly = stagesOf(await runSync(store, tencent, cores))
    crowd.contacts += 10
    crowd.followers += 10
    crowd.renamed['5'] = '改名客户'
    const again = stagesOf(await runSync(store, tencent, cores))
    return reportOf(contactsOnly, again, { size, delayMs, cores })
  } finally {
    await tencent.close()
    await store.close()
  }
}

type Staged = Run & { contactSeconds: number; followerSeconds: number }

/** The command's own log tells when each stage ended. */
function stagesOf(run: Run): Staged {
  const lines = run.said.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as { time: string; msg: string; stage?: string }] : []))
  const at = (msg: string, stage: string) => Date.parse(lines.find((one) => one.msg === msg && one.stage === stage)?.time ?? '')
  const secondsOf = (stage: string) => (at('stage synchronised', stage) - at('synchronising', stage)) / 1000
  return { ...run, contactSeconds: secondsOf('contacts'), followerSeconds: secondsOf('followers') }
}

function reportOf(first: Staged, again: Staged, { size, delayMs, cores }: { size: { contacts: number; followers: number; members: number }; delayMs: number; cores: Cores }): Report {
  const figure = (name: string, value: number, unit: string, more: Partial<Figure> = {}): Figure => ({ name, value, unit, ...more })
  return {
    bench: 'sync',
    figures: [
      figure('first run: contacts', first.contactSeconds, 's', { goal: { atMost: 120 }, note: `${size.contacts} contacts of ${size.members} members` }),
      figure('first run: followers', first.followerSeconds, 's', { note: `${size.followers} followers, all asked about` }),
      figure('first run: whole command', first.seconds, 's', { note: 'start of the process included' }),
      figure('first run: highest resident memory', first.peakMb, 'MB', { goal: { atMost: 300 } }),
      figure('first run: processor time of the command', first.processorSeconds, 's'),
      figure('first run: processor time of the store', first.storeSeconds, 's'),
      figure('first run: calls to Tencent', first.calls, 'calls'),
      figure('second run: contacts', again.contactSeconds, 's', { note: '11 contacts changed, 10 followers new' }),
      figure('second run: whole command', again.seconds, 's'),
      figure('second run: highest resident memory', again.peakMb, 'MB', { goal: { atMost: 300 } }),
      figure('second run: calls to Tencent', again.calls, 'calls'),
    ],
    notes: [
      `every call answered after ${delayMs} ms by the stand-in, in a process of its own; at most three calls at once`,
      `exit codes ${first.code} and ${again.code}; ${cores.told}`,
      ...[first, again].map(({ said }) => said.split('\n').filter((line) => line.includes(' read, ')).join(' | ')),
    ],
  }
}

async function runSync(store: BenchStore, tencent: FakeTencent, cores: Cores): Promise<Run> {
  const before = tencent.calls.length
  const storeBefore = processorSeconds(store.pid)
  const startedAt = performance.now()
  const [command = '', ...args] = pinned(cores.product, [process.execPath, ...flags, '--import', tsx, `${root}server/commands/sync.ts`])
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(command, args, { cwd: store.folder, env: { PATH, HOME, ...productEnv(store.dataDir), ...tencent.env() }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const seen = { peakMb: 0, processor: 0 }
  const looking = setInterval(() => {
    seen.peakMb = Math.max(seen.peakMb, peakMb(child.pid ?? 0))
    seen.processor = Math.max(seen.processor, processorSeconds(child.pid ?? 0))
  }, 200)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearInterval(looking)
  if (code !== 0) console.error(said.slice(-2_000))
  return {
    seconds: (performance.now() - startedAt) / 1000,
    peakMb: seen.peakMb,
    processorSeconds: seen.processor,
    storeSeconds: processorSeconds(store.pid) - storeBefore,
    calls: tencent.calls.length - before,
    code,
    said,
  }
}

/** Highest resident memory of a process so far, in MB; 0 where the system does not tell. */
function peakMb(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0 // it has ended
  }
}
