import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { TooManyRequests } from '../../domain/errors.ts'
import type { PosterPainter } from '../../ports/posters.ts'
import type { PaintAnswer, ThreadData } from './thread.ts'

export interface PainterDeps {
  /** Path of the brand's own font; null: Noto Sans SC alone. */
  font: string | null
}

type Waiting = { resolve(png: Uint8Array): void; reject(error: unknown): void }

/** Some 0.2 s each. */
const mostWaiting = 20
const retrySeconds = 5
/** Fonts and pictures take memory; a thread that nobody asks gives it back. */
const idleMs = 60_000

/** Paints in a thread of its own, which starts at the first poster and ends when there is nothing to do for a minute. */
export function createPosterPainter({ font }: PainterDeps): PosterPainter {
  const waiting = new Map<number, Waiting>()
  let thread: Worker | null = null
  let idle: NodeJS.Timeout | null = null
  let nextId = 1

  function started(): Worker {
    if (thread) return thread
    const worker = startThread({ font })
    const lost = (error: unknown) => {
      if (thread === worker) thread = null
      for (const { reject } of waiting.values()) reject(error)
      waiting.clear()
    }
    worker.on('message', settle).on('error', lost).on('exit', () => thread === worker && lost(new Error('the painting thread ended')))
    worker.unref()
    thread = worker
    return worker
  }

  function settle(answer: PaintAnswer): void {
    const job = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('png' in answer) job?.resolve(answer.png)
    else job?.reject(new Error(answer.problem))
    if (waiting.size === 0) rest()
  }

  function rest(): void {
    thread?.unref()
    idle = setTimeout(() => void stop(), idleMs).unref()
  }

  async function stop(): Promise<void> {
    const ending = thread
    thread = null
    await ending?.terminate()
  }

  return {
    paint(poster) {
      if (waiting.size >= mostWaiting) return Promise.reject(new TooManyRequests(retrySeconds))
      if (idle) clearTimeout(idle)
      const worker = started()
      worker.ref()
      return new Promise((resolve, reject) => {
        const id = nextId++
        waiting.set(id, { resolve, reject })
        worker.postMessage({ id, poster })
      })
    },
    async close() {
      if (idle) clearTimeout(idle)
      await stop()
    },
  }
}

/** The built thread, or the one in TypeScript: Node 20 hands no loader on to threads. Fonts of the machine stay unread: what a poster looks like depends on nothing around it. */
function startThread(workerData: ThreadData): Worker {
  const env = { DISABLE_SYSTEM_FONTS_LOAD: '1' }
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./thread.js', import.meta.url), { workerData, env })
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api').replace(/cjs$/, 'mjs')).href
  const entry = new URL('./thread.ts', import.meta.url).href
  const code = `import(${JSON.stringify(loader)}).then(({ register }) => { register(); return import(${JSON.stringify(entry)}) })`
  return new Worker(code, { eval: true, workerData, env })
}
