import { z } from 'zod'
import { TencentRefused, TencentUnreachable } from '../../domain/errors.ts'
import { staffId, type ExternalUserId, type UnionId } from '../../domain/ids.ts'
import type { Gender } from '../../domain/person.ts'
import type { ContactAnswer, ContactDirectory } from '../../ports/contacts.ts'
import type { TencentApi } from '../tencent/api.ts'
import { optionalText, whole } from '../tencent/words.ts'
import { firstPlace, nextPlace, parsePlace, type Place } from './contact-pages.ts'

const follow = z.object({
  userid: z.string().min(1),
  createtime: whole,
  remark: optionalText,
  state: optionalText,
  add_way: whole.nullish(),
  /** Of `get`; only corp tags (type 1) have an id. */
  tags: z.array(z.object({ tag_id: optionalText, type: whole.nullish() })).nullish(),
  /** Of `batch/get_by_user`: corp tags only. */
  tag_id: z.array(z.string()).nullish(),
})
const contact = z.object({
  external_userid: z.string().min(1),
  name: optionalText,
  avatar: optionalText,
  unionid: optionalText,
  gender: whole.nullish(),
})
const oneContact = z.object({
  external_contact: contact,
  follow_user: z.array(follow).nullish(),
  next_cursor: optionalText,
})
const pageOfContacts = z.object({
  external_contact_list: z.array(z.object({ external_contact: contact, follow_info: follow })).nullish(),
  next_cursor: optionalText,
})
const contactIds = z.object({ external_userid: z.array(z.string()).nullish() })
const followUserList = z.object({ follow_user: z.array(z.string()).nullish() })

/** 84061: no friend relation; 40096: no such contact, or no follower of it is visible to us (document/path/90313). */
const unknownContact: ReadonlySet<number> = new Set([84061, 40096])
/** A page holds 500 followers; nobody has this many. */
const pageLimit = 100

/** Contacts as WeCom tells them; `api` under the customer-contact secret (document/path/92114, 92994, 92571). */
export function weComContacts({ api }: { api: TencentApi }): ContactDirectory {
  async function pagesOf(id: ExternalUserId): Promise<z.infer<typeof oneContact>[]> {
    const path = '/cgi-bin/externalcontact/get'
    const pages: z.infer<typeof oneContact>[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const query = { external_userid: id, ...(cursor ? { cursor } : {}) }
      const page: z.infer<typeof oneContact> = await api.get(path, query, oneContact)
      if (pages.push(page) > pageLimit) throw new TencentUnreachable(path, { cause: new Error('pages without an end') })
      cursor = page.next_cursor
    }
    return pages
  }

  async function batch(userids: readonly string[], place: Place): Promise<z.infer<typeof pageOfContacts> | null> {
    const body = { userid_list: userids.slice(place.from, place.to), cursor: place.cursor, limit: 100 }
    try {
      return await api.post('/cgi-bin/externalcontact/batch/get_by_user', body, pageOfContacts)
    } catch (error) {
      if (error instanceof TencentRefused && error.errcode === 84061) return null
      throw error
    }
  }

  /**
   * A member without customers answers 84061 instead of an empty list (seen for externalcontact/list). Unverified for
   * this call, where it would hide the others who are asked about with them: so the question is halved until one
   * member stands alone.
   */
  async function readPage(userids: readonly string[], place: Place): ReturnType<ContactDirectory['page']> {
    const page = await batch(userids, place)
    if (page === null && place.to - place.from > 1) {
      return await readPage(userids, { ...place, to: Math.floor((place.from + place.to) / 2) })
    }
    const rows = page?.external_contact_list ?? []
    const contacts = rows.map((row) => answerAbout(row.external_contact, [row.follow_info], false))
    return { contacts, nextCursor: nextPlace(place, page?.next_cursor ?? null, userids.length) }
  }

  return {
    async read(id) {
      try {
        const pages = await pagesOf(id)
        const follows = pages.flatMap((page) => page.follow_user ?? [])
        return pages[0] ? answerAbout(pages[0].external_contact, follows, true) : null
      } catch (error) {
        if (error instanceof TencentRefused && unknownContact.has(error.errcode)) return null
        throw error
      }
    },

    async followUsers() {
      const answer = await api.get('/cgi-bin/externalcontact/get_follow_user_list', {}, followUserList)
      return answer.follow_user ?? []
    },

    /** Without customers the answer is 84061 instead of an empty list (reported, not in the manual). */
    async countOf(userid) {
      try {
        return (await api.get('/cgi-bin/externalcontact/list', { userid }, contactIds)).external_userid?.length ?? 0
      } catch (error) {
        if (error instanceof TencentRefused && error.errcode === 84061) return 0
        throw error
      }
    },

    /** Any number of userids; WeCom takes 100 at a time, which the cursor hides. */
    async page(userids, cursor) {
      if (userids.length === 0) return { contacts: [], nextCursor: '' }
      return await readPage(userids, cursor === '' ? firstPlace(userids.length) : parsePlace(cursor))
    },
  }
}

function answerAbout(
  about: z.infer<typeof contact>,
  follows: readonly z.infer<typeof follow>[],
  complete: boolean,
): ContactAnswer {
  return {
    externalUserId: about.external_userid as ExternalUserId,
    name: about.name ?? '',
    avatar: about.avatar,
    unionId: about.unionid as UnionId | null,
    ...genderOf(about.gender ?? 0),
    follows: follows.map((part) => ({
      staffId: staffId(part.userid),
      userid: part.userid,
      since: new Date(part.createtime * 1000),
      remark: part.remark,
      contactWay: part.state,
      addWay: part.add_way ?? null,
      ...tagsOf(part),
    })),
    complete,
  }
}

/** 0: WeCom does not know, or does not tell this app (document/path/92114). */
function genderOf(gender: number): { gender?: Gender } {
  if (gender === 1) return { gender: 'male' }
  return gender === 2 ? { gender: 'female' } : {}
}

function tagsOf({ tags, tag_id: ids }: z.infer<typeof follow>): { tags?: readonly string[] } {
  const list = ids ?? (tags ?? []).flatMap(({ tag_id: id }) => (id ? [id] : []))
  return list.length > 0 ? { tags: list } : {}
}
