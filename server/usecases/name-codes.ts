import { placeOfState } from '../domain/contact-code.ts'
import type { CustomerEvent } from '../domain/event.ts'
import type { ContentLibrary } from '../ports/content.ts'
import type { Timeline } from '../ports/timeline.ts'

/**
 * A timeline whose pages say on which article the code was that somebody came by. Looked up when it is read: what is
 * stored is what WeCom told.
 */
export function namingCodes(timeline: Timeline, library: Pick<ContentLibrary, 'bySlug' | 'get'>): Timeline {
  async function titleOf(slug: string): Promise<string | null> {
    const link = await library.bySlug(slug)
    return (link && (await library.get(link.contentId))?.title) ?? null
  }

  async function named(event: CustomerEvent): Promise<CustomerEvent> {
    const found = event.kind === 'became-contact' ? placeOfState(event.contactWay) : null
    const codeOf = found && (await titleOf(found.slug))
    return codeOf && event.kind === 'became-contact' ? { ...event, codeOf } : event
  }

  return { ...timeline, of: async (identities, page) => Promise.all((await timeline.of(identities, page)).map(named)) }
}
