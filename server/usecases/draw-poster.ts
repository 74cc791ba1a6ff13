import { mostPictureBytes, pictureShape, sizeInName, picturePath } from '../domain/picture.ts'
import { shortened } from '../domain/words.ts'
import type { Content, ContentLink } from '../ports/content.ts'
import type { Pictures, WebFetcher } from '../ports/pictures.ts'
import type { PosterPainter } from '../ports/posters.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import type { FindContactCode } from './find-contact-code.ts'

export interface DrawPosterDeps {
  pictures: Pictures
  webFetcher: WebFetcher
  posterPainter: PosterPainter
  staffDirectory: Pick<StaffDirectory, 'get'>
  findContactCode: FindContactCode
  publicUrl: string
  /** Short, and the same for the same text. */
  hashOf: (text: string) => string
}

type Copy = { link: ContentLink; content: Content }

/** What one poster is made of; `id` changes with any of it. */
export interface PosterPlan {
  id: string
  title: string
  description: string
  cover: string | null
  name: string | null
  /** Name of the contact code's picture; null: the code leads to the article. */
  code: string | null
  leadsTo: string
}

/** `isWhole` false: its cover could not be had just now, so that nobody should keep it. */
export interface Painted {
  png: Uint8Array
  isWhole: boolean
}

export type DrawPoster = ReturnType<typeof createDrawPoster>

/** Changes when posters look different. */
const design = 1
/** Some 10 MB at most. */
const mostKept = 60

/** Posters of copies: planned quickly, painted once, kept by what they show. */
export function createDrawPoster(deps: DrawPosterDeps) {
  const kept = new Map<string, Promise<Painted>>()

  async function pictureAt(address: string | null): Promise<{ bytes: Uint8Array | null; hasCome: boolean }> {
    if (address === null) return { bytes: null, hasCome: true }
    if (sizeInName(address)) {
      const bytes = (await deps.pictures.get(address.replace(picturePath, '')))?.bytes ?? null
      return { bytes, hasCome: bytes !== null }
    }
    const { bytes } = await deps.webFetcher.get(address, mostPictureBytes)
    // What is no picture of ours, or small in bytes and huge in memory, is never painted.
    return { bytes: bytes && pictureShape(bytes) ? bytes : null, hasCome: bytes !== null }
  }

  async function paint({ title, description, cover, name, code, leadsTo }: PosterPlan): Promise<Painted> {
    const [shown, qr] = await Promise.all([pictureAt(cover), pictureAt(code)])
    const hint = qr.bytes ? '长按识别，加我企业微信' : '长按识别，阅读全文'
    const png = await deps.posterPainter.paint({ title, description, cover: shown.bytes, name, code: qr.bytes ? { picture: qr.bytes } : { leadsTo }, hint })
    return { png, isWhole: shown.hasCome && qr.hasCome }
  }

  return {
    /** null: the copy belongs to nobody. */
    async plan({ link, content }: Copy): Promise<PosterPlan | null> {
      if (link.staffId === null) return null
      const found = await deps.findContactCode({ link, content }, 'poster')
      const name = found?.name ?? (await deps.staffDirectory.get(link.staffId))?.name ?? null
      const { title, cover, description = '' } = content
      const leadsTo = `${deps.publicUrl}/l/${link.slug}`
      const shown = { title, description: shortened(description, 60), cover, name, code: found?.picture ?? null, leadsTo }
      return { id: deps.hashOf(JSON.stringify([design, shown])), ...shown }
    },

    /** PNG. @throws TooManyRequests when too many wait already */
    async draw(plan: PosterPlan): Promise<Painted> {
      const known = kept.get(plan.id)
      if (known) return known
      const painting = paint(plan)
      kept.set(plan.id, painting)
      if (kept.size > mostKept) kept.delete(kept.keys().next().value ?? '')
      const forget = () => void kept.delete(plan.id)
      painting.then(({ isWhole }) => isWhole || forget(), forget)
      return painting
    },
  }
}
