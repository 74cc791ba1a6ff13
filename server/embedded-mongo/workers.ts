import { Worker } from 'node:worker_threads'
import { decodeDoc } from './bson-read.ts'
import { encodeDoc } from './bson-write.ts'
import { MongoRefusal } from './errors.ts'
import type { Batch, ReadState } from './reads.ts'
import type { Doc, Value } from './values.ts'

/** What a worker is asked: a batch of a cursor, a count, distinct values, or the ids of the records that match. */
export type Job = { kind: 'batch' | 'count' | 'distinct' | 'records', command: Buffer, state: ReadState | null, batchSize: number, catalogVersion: number }

/** What it answers. */
export type JobResult = { batch: Batch } | { count: number } | { values: Buffer } | { records: number[] }

/** The same, with the number that tells which job it belongs to. */
export type Answer = { id: number } & ({ result: JobResult } | { code: number, message: string, fields: Buffer })

/** How a worker is started. */
export type WorkerData = { file: string, fsync: boolean }

/** Threads for reads that would hold up everybody else. */
export type Workers = {
  run(job: Omit<Job, 'command'> & { command: Doc }): Promise<JobResult>
  close(): Promise<void>
}

const THREADS = 2

type Pending = { resolve(result: JobResult): void, reject(error: unknown): void }

type Thread = { worker: Worker, pending: Map<number, Pending> }

/** Threads start when they are first needed; one that dies fails its jobs and is replaced at the next one. */
export function createWorkers(data: WorkerData): Workers {
  const threads: Thread[] = []
  let nextId = 1

  function start(): Thread {
    const worker = startThread(data)
    const thread: Thread = { worker, pending: new Map() }
    worker.on('message', (answer: Answer) => settle(thread, answer))
    const lost = (error: unknown): void => {
      const at = threads.indexOf(thread)
      if (at >= 0) threads.splice(at, 1)
      for (const { reject } of thread.pending.values()) reject(error)
    }
    worker.on('error', lost)
    worker.on('exit', () => lost(new Error('the reading thread ended')))
    threads.push(thread)
    return thread
  }

  function idlest(): Thread {
    const best = threads.reduce<Thread | null>((least, thread) => (least === null || thread.pending.size < least.pending.size ? thread : least), null)
    return best === null || (best.pending.size > 0 && threads.length < THREADS) ? start() : best
  }

  return {
    run(job) {
      const thread = idlest()
      const id = nextId++
      return new Promise((resolve, reject) => {
        thread.pending.set(id, { resolve, reject })
        thread.worker.postMessage({ id, job: { ...job, command: encodeDoc(job.command) } })
      })
    },
    close: async () => void await Promise.all(threads.splice(0).map(({ worker }) => worker.terminate())),
  }
}

/** The built thread, or the one in TypeScript: Node 20 hands no loader on to threads, so it is registered there. */
function startThread(data: WorkerData): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./worker.js', import.meta.url), { workerData: data })
  const loader = import.meta.resolve('tsx/esm/api')
  const entry = new URL('./worker.ts', import.meta.url).href
  const code = `import(${JSON.stringify(loader)}).then(({ register }) => { register(); return import(${JSON.stringify(entry)}) })`
  return new Worker(code, { eval: true, workerData: data })
}

function settle(thread: Thread, answer: Answer): void {
  const pending = thread.pending.get(answer.id)
  thread.pending.delete(answer.id)
  if ('result' in answer) pending?.resolve(revived(answer.result))
  else pending?.reject(new MongoRefusal(answer.code, answer.message, Object.fromEntries(decodeDoc(asBuffer(answer.fields))) as Record<string, Value>))
}

/** Buffers lose their class on the way between threads. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A read state as it was before it went to another thread. */
export function revivedState(state: ReadState): ReadState {
  const last = state.position.last.map((key) => (key === null ? null : asBuffer(key)))
  return { ...state, position: { ...state.position, last }, ready: state.ready?.map(asBuffer) ?? null }
}

function revived(result: JobResult): JobResult {
  if ('values' in result) return { values: asBuffer(result.values) }
  if (!('batch' in result)) return result
  const { docs, state } = result.batch
  return { batch: { docs: docs.map(asBuffer), state: state === null ? null : revivedState(state) } }
}
