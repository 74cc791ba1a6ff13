import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What is built runs as operators have it; the sources do where nothing is built or they are newer. */
const built = isBuilt()

/** Arguments for node that start the product. */
export const productCommand: readonly string[] = argumentsFor('server/main')

/** Arguments for node that run `npm run <name>`, from any working directory; the command's own come after them. */
export function commandOf(name: string): readonly string[] {
  return argumentsFor(`server/commands/${name}`)
}

function argumentsFor(entry: string): readonly string[] {
  if (built) return [join(root, `dist/${entry}.js`)]
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href, join(root, `${entry}.ts`)]
}

function isBuilt(): boolean {
  const main = join(root, 'dist/server/main.js')
  return existsSync(main) && newest(['server', 'webhooks', 'config']) <= statSync(main).mtimeMs
}

function newest(folders: readonly string[]): number {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(root, folder, name)),
  )
  return Math.max(...files.filter((file) => file.endsWith('.ts')).map((file) => statSync(file).mtimeMs))
}
