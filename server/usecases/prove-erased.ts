import type { Files } from '../ports/files.ts'
import type { Eraser, Trace } from '../ports/privacy.ts'

export type ProveErased = ReturnType<typeof createProveErased>

/**
 * Looks for somebody everywhere: every document of every collection that the database has, and the files given. Our own
 * keyed hashes cannot be found by it, and are all that may be left (C4).
 */
export function createProveErased({ eraser, files }: { eraser: Pick<Eraser, 'search'>; files: Files }) {
  return async function proveErased(texts: readonly string[], paths: readonly string[]): Promise<readonly Trace[]> {
    return [...(await eraser.search(texts)), ...(await files.search(paths, texts))]
  }
}
