import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { timesOf } from '../percentiles.ts'
import { input } from './listening.ts'

/** How long one 4 KB write takes to reach the disk, one after another, in the folder where the store's data lie. */
const { folder, count } = input<{ folder: string; count: number }>()
const path = join(folder, 'fsync-probe')
const file = openSync(path, 'w')
const page = Buffer.alloc(4096, 1)
const times: number[] = []
for (let index = 0; index < count; index += 1) {
  writeSync(file, page, 0, page.length, (index % 256) * page.length)
  const started = performance.now()
  fsyncSync(file)
  times.push(performance.now() - started)
}
closeSync(file)
rmSync(path)
process.send?.(timesOf(times))
process.disconnect?.()
