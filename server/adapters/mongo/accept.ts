import { type Collection, Types } from 'mongoose'
import type { Delivery, Inbox } from '../../ports/inbox.ts'
import { withDeadline } from './deadline.ts'
import { machineNow } from './schema.ts'
import { insertNew, toStoreError } from './store-errors.ts'

const largestBatch = 500
/** Below the server's 48 MB message. */
const largestBatchBytes = 16 * 1024 * 1024

type Verdict = 'stored' | 'seen'

interface Waiting {
  delivery: Delivery
  settle: (verdict: Verdict) => void
  fail: (error: unknown) => void
}

/**
 * `Inbox.accept` with group commit: what arrives in one turn of the event loop, or while an insert is under way, is
 * written by one insert. Each promise resolves only when its own deliveries are durable.
 */
export function createAcceptor(collection: Collection): Inbox['accept'] {
  const queue: Waiting[] = []
  let busy = false

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const batch = nextBatch(queue)
      await inTime(insert(collection, batch), batch)
    }
    busy = false
  }

  function enqueue(delivery: Delivery): Promise<Verdict> {
    return new Promise((settle, fail) => {
      queue.push({ delivery, settle, fail })
      if (busy) return
      busy = true
      setImmediate(() => void drain())
    })
  }

  return async (deliveries) => {
    const verdicts = Promise.all(deliveries.map(enqueue))
    return withDeadline(verdicts)
  }
}

/** The first of the queue, as many as one insert may carry. */
function nextBatch(queue: Waiting[]): readonly Waiting[] {
  let bytes = 0
  const end = queue.findIndex(({ delivery }, index) => {
    bytes += delivery.bytes.byteLength
    return index > 0 && (index >= largestBatch || bytes > largestBatchBytes)
  })
  return queue.splice(0, end === -1 ? queue.length : end)
}

/** Inserts one batch and tells each waiter; never rejects. */
async function insert(collection: Collection, batch: readonly Waiting[]): Promise<void> {
  try {
    const seen = await insertNew(
      collection,
      batch.map(({ delivery }) => toDocument(delivery, machineNow())),
    )
    batch.forEach(({ settle }, index) => settle(seen.has(index) ? 'seen' : 'stored'))
  } catch (error) {
    for (const { fail } of batch) fail(toStoreError(error))
  }
}

/** Gives up on an insert that hangs, so that the next batch is not held up behind it. */
async function inTime(inserting: Promise<void>, batch: readonly Waiting[]): Promise<void> {
  try {
    await withDeadline(inserting)
  } catch (error) {
    for (const { fail } of batch) fail(error)
  }
}

function toDocument(delivery: Delivery, storedAt: Date) {
  const { channel, account, key, bytes, receivedAt } = delivery
  return {
    _id: new Types.ObjectId(),
    channel,
    account: String(account),
    key,
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    receivedAt,
    storedAt,
    state: 'waiting',
    // Due at once, whatever the clock of the process that takes it says.
    nextTryAt: new Date(0),
    attempts: 0,
    reason: null,
    settledAt: null,
  }
}
