import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Arguments for node that start the product: `dist/server/main.js`; the sources where nothing is built or they are newer. */
export const productCommand: readonly string[] = isBuilt()
  ? [join(root, 'dist/server/main.js')]
  : ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href, join(root, 'server/main.ts')]

function isBuilt(): boolean {
  const built = join(root, 'dist/server/main.js')
  return existsSync(built) && newest(['server', 'webhooks', 'config']) <= statSync(built).mtimeMs
}

function newest(folders: readonly string[]): number {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(root, folder, name)),
  )
  return Math.max(...files.filter((file) => file.endsWith('.ts')).map((file) => statSync(file).mtimeMs))
}
