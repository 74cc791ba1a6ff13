import { StoreUnavailable } from '../../domain/errors.ts'

/** Whoever waits for the store must hear yes or no within 4 s (503, never success); this leaves time for the answer. */
const deadlineMs = 3500

/** The work's result, or StoreUnavailable after `ms` (3.5 s). The work itself may still come to an end later. */
export async function withDeadline<T>(work: Promise<T>, ms: number = deadlineMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreUnavailable()), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
