import { BadRequest } from '../domain/errors.ts'
import type { StaffId } from '../domain/ids.ts'
import { picturePath, sizeInName } from '../domain/picture.ts'
import type { Clock } from '../ports/clock.ts'
import type { Content, ContentLibrary } from '../ports/content.ts'
import type { StaffDirectory } from '../ports/staff.ts'

export interface ContentDeps {
  library: ContentLibrary
  staffDirectory: StaffDirectory
  clock: Clock
  publicUrl: string
  /** A new random id. */
  newId: () => string
}

export interface NewContent {
  title: string
  url: string | null
  markdown: string | null
  /** Web address, or path of a picture of our own. */
  cover: string | null
  /** For previews and share cards; absent: the article's beginning. */
  description?: string
}

const mostMarkdownChars = 200_000
const mostTitleChars = 120
const mostDescriptionChars = 120

/** Adds an article; every salesperson gets their own tracked copy of it (A5). */
export function createAddContent(deps: ContentDeps) {
  const { library, staffDirectory, clock, publicUrl, newId } = deps

  /** @throws BadRequest naming the field and the rule */
  return async function addContent(wanted: NewContent): Promise<{ id: string; urls: Record<string, string> }> {
    check(wanted)
    const { description, ...rest } = wanted
    const told = description?.trim() ? { description: description.trim() } : {}
    const content: Content = { id: newId(), ...rest, ...told, title: wanted.title.trim(), addedAt: clock.now() }
    await library.add(content)
    const members = await staffDirectory.all()
    const links = await library.linksFor(members.map(({ staffId }) => ({ contentId: content.id, staffId })))
    const urls = members.map(({ userid }, index) => [userid, `${publicUrl}/l/${links[index]?.slug}`])
    return { id: content.id, urls: Object.fromEntries(urls) }
  }
}

/** One copy as its member sees it; addresses in full, since they leave our pages. */
export interface MyContent extends Content {
  link: string
  poster: string
}

/** The member's own copies, newest first. */
export function createListMyContent(deps: Pick<ContentDeps, 'library' | 'publicUrl'>) {
  return async function listMyContent(staffId: StaffId): Promise<readonly MyContent[]> {
    const contents = await deps.library.list(200)
    const links = await deps.library.linksFor(contents.map(({ id }) => ({ contentId: id, staffId })))
    return contents.map((content, index) => {
      const link = `${deps.publicUrl}/l/${links[index]?.slug}`
      const cover = content.cover?.startsWith(picturePath) ? deps.publicUrl + content.cover : content.cover
      return { ...content, cover, link, poster: `${link}/poster` }
    })
  }
}

function check(wanted: NewContent): void {
  const title = wanted.title.trim()
  const titleFits = title !== '' && charsOf(title) <= mostTitleChars
  if (!titleFits) throw new BadRequest(`title must have 1 to ${mostTitleChars} characters`)
  const oneBody = (wanted.url === null) !== (wanted.markdown === null)
  if (!oneBody) throw new BadRequest('exactly one of url and markdown must be given')
  for (const name of ['url', 'cover'] as const) {
    const value = wanted[name]
    const isOurPicture = name === 'cover' && value?.startsWith(picturePath) && sizeInName(value) !== null
    if (value !== null && !isOurPicture && !isHttpUrl(value)) throw new BadRequest(`${name} must be an http or https URL`)
  }
  if (charsOf(wanted.description?.trim() ?? '') > mostDescriptionChars) {
    throw new BadRequest(`description must have at most ${mostDescriptionChars} characters`)
  }
  if (wanted.markdown !== null && wanted.markdown.length > mostMarkdownChars) {
    throw new BadRequest(`markdown must have at most ${mostMarkdownChars} characters`)
  }
}

/** As an import counts when it shortens: an emoji is one. */
function charsOf(text: string): number {
  return [...text].length
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && username === '' && password === ''
}
