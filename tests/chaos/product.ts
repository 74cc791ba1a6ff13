import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { productCommand } from '../support/product-command.ts'

/** The product as a real process that is started again whenever it ends, as an operator's supervisor would. */
export interface Product {
  /** Resolves when it answers on its port. */
  ready(): Promise<void>
  /** Resolves when it has read who follows whom for the first time. */
  begun(): Promise<void>
  /** kill -9 of the process that runs now. */
  kill(): void
  killStore(): void
  /** SIGSTOP; `resumeStore` wakes the same process. */
  pauseStore(): void
  resumeStore(): void
  starts(): number
  /** How often it ended without having been killed. */
  crashes(): number
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
}

/** @param env must fix PORT, so that a new start is found where the old one was */
export function superviseProduct(env: Readonly<Record<string, string>>, { folder, dataDir }: { folder: string; dataDir: string }): Product {
  const log = createWriteStream(join(folder, 'product.log'), { flags: 'a' })
  const url = `http://127.0.0.1:${env.PORT}`
  const { PATH = '', HOME = '' } = process.env
  const counts = { starts: 0, crashes: 0 }
  let hasRead = () => {}
  const begun = new Promise<void>((resolve) => (hasRead = resolve))
  const killed = new WeakSet<ChildProcess>()
  let stopping = false
  let paused: number | null = null
  let child = start()

  function start(): ChildProcess {
    counts.starts += 1
    const next = spawn(process.execPath, productCommand, { cwd: folder, env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    next.stdout.pipe(log, { end: false })
    next.stdout.on('data', (part: Buffer) => (part.includes('"contacts read"') ? hasRead() : undefined))
    next.stderr.pipe(log, { end: false })
    next.once('exit', () => {
      if (stopping) return
      if (!killed.has(next)) counts.crashes += 1
      // What cannot start, because its disk is full, is tried again as a supervisor does.
      setTimeout(() => (stopping ? undefined : (child = start())), killed.has(next) ? 0 : 500)
    })
    return next
  }

  function storePid(): number | null {
    const file = join(dataDir, 'engine.pid')
    const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
    return pid > 0 ? pid : null
  }

  function signalStore(signal: NodeJS.Signals, pid = storePid()): number | null {
    try {
      if (pid !== null) process.kill(pid, signal)
      return pid
    } catch {
      return null // It has ended by itself, or nobody has started it again yet.
    }
  }

  return {
    async ready() {
      for (let look = 0; look < 1_200; look += 1) {
        const answer = await fetch(`${url}/readyz`).catch(() => null)
        if (answer?.status === 200) return
        await pause(50)
      }
      throw new Error(`the product is not ready after a minute, see ${folder}/product.log`)
    },
    begun: () => begun,
    kill() {
      killed.add(child)
      child.kill('SIGKILL')
    },
    killStore: () => void signalStore('SIGKILL'),
    pauseStore() {
      paused ??= signalStore('SIGSTOP')
    },
    resumeStore() {
      if (paused !== null) signalStore('SIGCONT', paused)
      paused = null
    },
    starts: () => counts.starts,
    crashes: () => counts.crashes,
    stop() {
      stopping = true
      const last = child
      const ended = new Promise<number | null>((resolve) => {
        if (last.exitCode !== null || last.signalCode !== null) resolve(last.exitCode)
        last.once('exit', resolve)
      })
      last.kill('SIGTERM')
      return ended
    },
  }
}
