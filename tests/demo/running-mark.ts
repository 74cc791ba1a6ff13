import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Which process runs the demo of a folder. A mark left by a killed one counts for nothing. */
export function runningMark(dir: string) {
  const path = join(dir, 'demo.pid')

  function read(): number | null {
    try {
      return Number(readFileSync(path, 'utf8'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  }

  return {
    set(): void {
      mkdirSync(dir, { recursive: true })
      writeFileSync(path, String(process.pid))
    },
    clear: () => rmSync(path, { force: true }),
    /** The running process; null when there is none. */
    pid(): number | null {
      const pid = read()
      return pid !== null && isAlive(pid) ? pid : null
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
