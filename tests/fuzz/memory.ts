import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Makes what measures the heap after a full collection, in MB. */
export function heapMeter(): () => number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  return () => {
    collect()
    collect()
    return process.memoryUsage().heapUsed / 1024 / 1024
  }
}
