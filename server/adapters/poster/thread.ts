import { parentPort, workerData } from 'node:worker_threads'
import type { Poster } from '../../ports/posters.ts'
import { createFonts } from './fonts.ts'
import { paintPoster } from './paint.ts'

/** What the thread is started with. */
export interface ThreadData {
  /** Path of the brand's own font; null: none. */
  font: string | null
}

/** One poster to paint, and its answer. */
export type PaintJob = { id: number; poster: Poster }
export type PaintAnswer = { id: number; png: Uint8Array } | { id: number; problem: string }

const familiesFor = createFonts((workerData as ThreadData).font)

parentPort?.on('message', ({ id, poster }: PaintJob) => {
  const answer = (message: PaintAnswer) => parentPort?.postMessage(message)
  paintPoster(poster, familiesFor).then(
    (png) => answer({ id, png }),
    (error: unknown) => answer({ id, problem: error instanceof Error ? error.message : 'not painted' }),
  )
})
