import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Files } from '../../ports/files.ts'
import type { Trace } from '../../ports/privacy.ts'

/** Two bytes that every gzip file begins with (RFC 1952). */
const gzipMark = [0x1f, 0x8b] as const

/**
 * Logs and archives on disk: every file below the given paths, read as a stream of bytes, so that neither a line that
 * never ends nor a binary file is too large; gzip is looked into, whatever the file is called.
 */
export function searchFiles(): Files {
  return {
    async search(paths, texts) {
      const traces: Trace[] = []
      for (const path of paths) {
        for await (const file of filesBelow(path)) {
          const count = await occurrences(file, texts)
          if (count > 0) traces.push({ where: file, count })
        }
      }
      return traces
    },
  }
}

async function* filesBelow(path: string): AsyncGenerator<string> {
  const found = await stat(path)
  if (!found.isDirectory()) {
    yield path
    return
  }
  for (const name of (await readdir(path)).toSorted()) yield* filesBelow(join(path, name))
}

/** How often any of the texts occurs. Pieces overlap by the longest text, so that none is cut in two. */
async function occurrences(file: string, texts: readonly string[]): Promise<number> {
  const wanted = texts.map((text) => Buffer.from(text))
  const overlap = Math.max(...wanted.map(({ length }) => length)) - 1
  let count = 0
  let rest = Buffer.alloc(0)
  for await (const piece of await contentOf(file)) {
    const all = Buffer.concat([rest, piece as Buffer])
    const begins = all.length - overlap
    for (const text of wanted) {
      for (let at = all.indexOf(text); at !== -1; at = all.indexOf(text, at + 1)) {
        // What lies wholly in the part that is read again is counted then.
        if (at < begins || at + text.length > all.length) count += 1
      }
    }
    rest = Buffer.from(all.subarray(Math.max(begins, 0)))
  }
  return count + wanted.filter((text) => rest.includes(text)).length
}

async function contentOf(file: string): Promise<Readable> {
  const [first] = (await createReadStream(file, { end: 1 }).toArray()) as (Buffer | undefined)[]
  const isGzip = first?.[0] === gzipMark[0] && first[1] === gzipMark[1]
  const stream = createReadStream(file)
  return isGzip ? stream.pipe(createGunzip()) : stream
}
