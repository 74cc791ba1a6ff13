import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { inject } from 'vitest'

const patienceMs = 100_000
const configFile = fileURLToPath(new URL('../../sidebar/vite.config.ts', import.meta.url))

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** True for the first who asks, in whichever process. */
async function isFirst(lock: string): Promise<boolean> {
  return mkdir(lock).then(
    () => true,
    () => false,
  )
}

/**
 * Folder of the sidebar's pages, built afresh once in a run: by the first test file that needs them, while others wait.
 * @throws when they cannot be built
 */
export async function builtPages(): Promise<string> {
  const outDir = join(inject('runFolder'), 'sidebar')
  const [lock, done, failed] = [`${outDir}.lock`, `${outDir}.done`, `${outDir}.failed`]
  if (await isFirst(lock)) {
    try {
      await build({ configFile, logLevel: 'error', build: { outDir, emptyOutDir: true, reportCompressedSize: false } })
    } catch (error) {
      await writeFile(failed, '')
      throw error
    }
    await writeFile(done, '')
    return outDir
  }
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += 100) {
    if (await exists(done)) return outDir
    if (await exists(failed)) break
    await pause(100)
  }
  throw new Error('the sidebar could not be built: see the test file that built it')
}
