import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { pinned } from './cores.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** A process of a measurement; what it reports comes by `next`, in order. */
export interface Part {
  pid: number
  next<T>(): Promise<T>
  stop(): Promise<void>
}

interface PartOptions {
  core: number | null
  env?: Readonly<Record<string, string>>
  nodeFlags?: readonly string[]
}

/** Starts one of our files in a process of its own; `input` is its last argument, as JSON. */
export function startPart(file: string, input: unknown, options: PartOptions): Part {
  return start([...(options.nodeFlags ?? []), '--import', tsx, fileURLToPath(new URL(file, import.meta.url)), JSON.stringify(input)], options)
}

/** One process that reports once and ends. */
export async function runPart<T>(file: string, input: unknown, options: PartOptions): Promise<T> {
  const part = startPart(file, input, options)
  try {
    return await part.next<T>()
  } finally {
    await part.stop()
  }
}

/** As `npm start` gives them: most of what a batch allocates is garbage before the small young generation would be full. */
export const productFlags = ['--max-semi-space-size=16']

/** The product as `npm start` runs it: built where the build is fresh, else from its sources. Ready when it listens. */
export async function startProduct(env: Readonly<Record<string, string>>, options: PartOptions & { cwd: string }): Promise<Part & { port: number }> {
  const command = isBuilt() ? [join(root, 'dist/server/main.js')] : ['--import', tsx, join(root, 'server/main.ts')]
  const part = start([...(options.nodeFlags ?? productFlags), ...command], { ...options, env })
  const { port } = await part.next<{ port: number }>()
  return { ...part, port }
}

/** Resident and heap memory of a process, in MB; 0 where the system does not tell. */
export function residentMb(pid: number): number {
  const status = existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : ''
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024
}

/** Memory of a process that no file stands behind, in MB: what a mapped data file fills of the page cache is left out. */
export function ownMb(pid: number): number {
  const status = existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : ''
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024
}

/** Processor time of a process so far, in seconds. */
export function processorSeconds(pid: number): number {
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ''
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100
}

function isBuilt(): boolean {
  const built = join(root, 'dist/server/main.js')
  const newest = ['server', 'webhooks', 'config'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => statSync(join(root, folder, name)).mtimeMs),
  )
  return existsSync(built) && Math.max(...newest) <= newestBuilt(join(root, 'dist/server'))
}

function newestBuilt(folder: string): number {
  return Math.max(...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(folder, name)).mtimeMs))
}

function start(args: readonly string[], { core, env = {}, cwd = root }: PartOptions & { cwd?: string }): Part {
  const [command = '', ...rest] = pinned(core, [process.execPath, ...args])
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(command, rest, { cwd, env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const said: unknown[] = []
  const waiting: ((value: unknown) => void)[] = []
  const say = (value: unknown) => {
    const next = waiting.shift()
    if (next) next(value)
    else said.push(value)
  }
  child.on('message', say)
  listenForReady(child, say)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    pid: child.pid ?? 0,
    next<T>() {
      if (said.length > 0) return Promise.resolve(said.shift() as T)
      const failed = ended.then((code) => {
        throw new Error(`${args.at(-2) ?? 'a process'} ended with ${String(code)}`)
      })
      return Promise.race([new Promise<T>((resolve) => waiting.push(resolve as (value: unknown) => void)), failed])
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      const forced = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(forced)
    },
  }
}

/** The product tells in its log that it listens. */
function listenForReady(child: ChildProcess, say: (value: unknown) => void): void {
  let text = ''
  let ready = false
  child.stdout?.on('data', (chunk: Buffer) => {
    if (ready) return
    text += chunk.toString()
    const line = text.split('\n').find((one) => one.includes('"msg":"ready: ') && one.endsWith('}'))
    if (!line) return
    ready = true
    say({ port: (JSON.parse(line) as { port: number }).port })
  })
}
