import { spawn } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { productCommand } from '../support/product-command.ts'

/** The product as an operator has it: a process that knows nothing but its environment and its working directory. */
export interface ServerProcess {
  /** `http://127.0.0.1:<port>`, from the ready line. */
  url: string
  pid: number
  /** What it has logged so far, one object a line. */
  readonly lines: readonly Readonly<Record<string, unknown>>[]
  stdout(): string
  stderr(): string
  /** Ends it at once. */
  kill(): Promise<void>
  /** SIGTERM; how it ended, and after how long. */
  stop(): Promise<{ code: number | null; ms: number }>
}

/** A start that came to nothing. */
export interface FailedStart {
  code: number | null
  stdout: string
  stderr: string
}

type Env = Readonly<Record<string, string>>

/** Starts the server and waits for its ready line; it is killed after the test. @throws Error with what it said instead */
export async function startServerProcess(env: Env, cwd: string): Promise<ServerProcess> {
  const running = run(env, cwd)
  const port = await Promise.race([running.ready, running.ended.then(() => null)])
  if (port === null) throw new Error(`the server did not start: ${running.stderr()}`)
  const { pid, ended, stdout, stderr, signal } = running
  return {
    url: `http://127.0.0.1:${port}`,
    pid,
    stdout,
    stderr,
    get lines() {
      return linesOf(stdout())
    },
    async kill() {
      signal('SIGKILL')
      await ended
    },
    async stop() {
      const asked = performance.now()
      signal('SIGTERM')
      return { code: await ended, ms: performance.now() - asked }
    },
  }
}

/** Starts the server where it cannot start, and gives how it ended. */
export async function failingStart(env: Env, cwd: string): Promise<FailedStart> {
  const { ended, ready, stdout, stderr, signal } = run(env, cwd)
  const outcome = await Promise.race([ended, ready.then(() => 'ready' as const)])
  if (outcome !== 'ready') return { code: outcome, stdout: stdout(), stderr: stderr() }
  signal('SIGKILL')
  throw new Error('the server started')
}

function run(env: Env, cwd: string) {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, productCommand, { cwd, env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const ready = new Promise<number>((resolve) =>
    child.stdout.on('data', (part: Buffer) => {
      said.out += part.toString()
      const line = linesOf(said.out).find(({ msg }) => String(msg).startsWith('ready: '))
      if (line) resolve(Number(line.port))
    }),
  )
  child.stderr.on('data', (part: Buffer) => (said.err += part.toString()))
  const signal = (name: NodeJS.Signals) => void child.kill(name)
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    signal('SIGKILL')
    await ended
  })
  return { pid: child.pid ?? 0, ended, ready, signal, stdout: () => said.out, stderr: () => said.err }
}

/** Whole lines only. @throws SyntaxError for a line that is not JSON */
function linesOf(text: string): Record<string, unknown>[] {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  return lines.filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>)
}
