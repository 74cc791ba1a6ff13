import { open, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { mostPictureBytes } from '../domain/picture.ts'
import type { ReadPicture } from '../usecases/take-pictures.ts'

/** A camera's own data goes before the limit counts. */
const mostBytes = mostPictureBytes + 512 * 1024

/** Reads files beside an article, and none above its folder, wherever a link leads. */
export function picturesBeside(articleFile: string): ReadPicture {
  return async (path) => {
    const folder = await realpath(dirname(resolve(articleFile)))
    const file = await realpath(resolve(folder, path)).catch(() => null)
    if (file === null) return { bytes: null, problem: 'is not there' }
    const inside = relative(folder, file)
    if (inside.startsWith('..') || isAbsolute(inside)) return { bytes: null, problem: 'must lie in the folder of the article or below' }
    return readUpTo(file)
  }
}

/** Any file, as the operator names it. */
export const pictureFile: ReadPicture = async (path) => readUpTo(resolve(path))

async function readUpTo(file: string): ReturnType<ReadPicture> {
  const handle = await open(file).catch(() => null)
  if (handle === null) return { bytes: null, problem: 'is not there' }
  try {
    const { size } = await handle.stat()
    if (size > mostBytes) return { bytes: null, problem: `is larger than ${mostPictureBytes / 1024 / 1024} MB` }
    return { bytes: await handle.readFile(), problem: null }
  } finally {
    await handle.close()
  }
}
