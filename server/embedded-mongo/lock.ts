import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { openSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

const O_RDWR = 2
const O_CREAT = { linux: 0o100, darwin: 0x200 }
const O_EXLOCK_NONBLOCK = 0x20 | 0x4

/**
 * Takes the exclusive lock of a data directory for as long as this process lives; false if another process holds it.
 * The kernel gives it back when the process ends, however it ends. Node has no flock of its own: macOS takes the lock
 * with open(2); on Linux flock(1) takes it on our open file; where that program is missing, the name of an abstract
 * socket serves.
 */
export async function takeLock(path: string): Promise<boolean> {
  const file = join(path, 'engine.lock')
  if (process.platform === 'darwin') return lockOnOpen(file)
  const descriptor = openSync(file, O_RDWR | O_CREAT.linux, 0o600)
  const { error, status } = spawnSync('flock', ['-xn', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] })
  return error === undefined ? status === 0 : lockByName(path)
}

function lockOnOpen(file: string): boolean {
  try {
    openSync(file, O_RDWR | O_CREAT.darwin | O_EXLOCK_NONBLOCK, 0o600)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EWOULDBLOCK')) return false
    throw error
  }
}

function lockByName(path: string): Promise<boolean> {
  const name = createHash('sha256').update(path).digest('hex')
  const holder = createServer()
  return new Promise((resolve, reject) => {
    holder.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)))
    holder.listen({ path: `\0embedded-mongo-${name}` }, () => resolve(true))
    holder.unref()
  })
}
