import { parentPort, workerData } from 'node:worker_threads'
import { decodeDoc } from './bson-read.ts'
import { encodeDoc } from './bson-write.ts'
import { createCatalog } from './catalog.ts'
import { errorFields } from './errors.ts'
import { matchingRecords, readBatch, readCount, readDistinct } from './reads.ts'
import { openStorage } from './storage.ts'
import type { Value } from './values.ts'
import { isNumeric, toNumber } from './values.ts'
import type { Answer, Job, JobResult, WorkerData } from './workers.ts'
import { asBuffer, revivedState } from './workers.ts'

/** The reading thread: does the same reads as the main thread, without a limit to what may be examined. */
function serve(data: WorkerData): void {
  const storage = openStorage(data.file, data.fsync)
  const catalog = createCatalog(storage)
  const environment = { storage, catalog, now: () => Date.now() }
  let known = -1

  function work(job: Job): JobResult {
    storage.refresh()
    if (known !== job.catalogVersion) catalog.reload()
    known = job.catalogVersion
    const command = decodeDoc(asBuffer(job.command))
    const state = job.state === null ? null : revivedState(job.state)
    switch (job.kind) {
      case 'batch': return { batch: readBatch(environment, command, state, { batchSize: job.batchSize, examine: Infinity }) }
      case 'count': return { count: readCount(environment, command, Infinity) }
      case 'distinct': return { values: encodeDoc(new Map([['values', readDistinct(environment, command, Infinity)]])) }
      case 'records': return { records: matchingRecords(environment, command) }
    }
  }

  parentPort?.on('message', ({ id, job }: { id: number, job: Job }) => {
    parentPort?.postMessage(answer(id, () => work(job)))
  })
}

function answer(id: number, work: () => JobResult): Answer {
  try {
    return { id, result: work() }
  } catch (error) {
    const fields = errorFields(error)
    const code: Value = fields.get('code')
    const message = String(fields.get('errmsg'))
    for (const name of ['errmsg', 'code', 'codeName']) fields.delete(name)
    return { id, code: isNumeric(code) ? toNumber(code) : 1, message, fields: encodeDoc(fields) }
  }
}

serve(workerData as WorkerData)
