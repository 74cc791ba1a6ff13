import { BadRequest } from '../domain/errors.ts'
import { mostPictureBytes, picturePath } from '../domain/picture.ts'
import type { Clock } from '../ports/clock.ts'
import type { Pictures } from '../ports/pictures.ts'

/** Reads what an article names beside itself; `problem` says why it cannot. */
export type ReadPicture = (path: string) => Promise<{ bytes: Uint8Array; problem: null } | { bytes: null; problem: string }>

const mostPictures = 100

/** Takes pictures that lie beside an article into the library, and lets its Markdown name them there (A5). */
export function createTakePictures({ pictures, clock }: { pictures: Pictures; clock: Clock }) {
  /** Path of the picture in the library. @throws BadRequest naming the file */
  async function take(path: string, read: ReadPicture): Promise<string> {
    const { bytes, problem } = await read(path)
    if (!bytes) throw new BadRequest(`picture ${path}: ${problem}`)
    const name = await pictures.put(bytes, clock.now())
    const most = `${mostPictureBytes / 1024 / 1024} MB and 24 million pixels`
    if (!name) throw new BadRequest(`picture ${path} must be a PNG, JPEG, GIF or WebP of at most ${most}`)
    return picturePath + name
  }

  return {
    take,

    /** The Markdown with every picture of a relative path taken in; web addresses stay. @throws BadRequest naming the file */
    async takeAll(markdown: string, read: ReadPicture): Promise<string> {
      const paths = [...new Set(localPaths(markdown))]
      if (paths.length > mostPictures) throw new BadRequest(`an article may have at most ${mostPictures} pictures`)
      const taken = new Map<string, string>()
      for (const path of paths) taken.set(path, await take(path, read))
      return outsideOfCode(markdown, (text) => text.replace(picture, (whole, before: string, given: string) => {
        const name = taken.get(plainPath(given))
        return name ? before + name : whole
      }))
    },
  }
}

/** `![alt](path`, up to the path's end; a path with blanks stands in angle brackets. */
const picture = /(!\[(?:[^\]\\]|\\.)*\]\()\s*(<[^<>\n]+>|[^\s()<>]+)/g

function localPaths(markdown: string): string[] {
  const found: string[] = []
  outsideOfCode(markdown, (text) => {
    for (const [, , given = ''] of text.matchAll(picture)) found.push(plainPath(given))
    return text
  })
  return found.filter((path) => path !== '' && !/^(?:[a-z][a-z\d+.-]*:|\/|#)/i.test(path))
}

function plainPath(given: string): string {
  const path = given.replace(/^<(.*)>$/, '$1')
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Fenced code shows Markdown, it is none. */
function outsideOfCode(markdown: string, map: (text: string) => string): string {
  const parts = markdown.split(/(^ {0,3}(?:`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^ {0,3}(?:`{3,}|~{3,})[ \t]*$|$(?![\s\S])))/m)
  return parts.map((part, index) => (index % 2 === 1 ? part : map(part))).join('')
}
