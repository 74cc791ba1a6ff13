import { codeState, type CodePlace } from '../domain/contact-code.ts'
import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import { mostPictureBytes } from '../domain/picture.ts'
import { refusalKind } from '../domain/refusal.ts'
import { wordsOfRefusal } from '../domain/refusal-words.ts'
import { shortened } from '../domain/words.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContactCode, ContactCodeMaker, ContactCodes } from '../ports/contact-codes.ts'
import type { Content, ContentLink } from '../ports/content.ts'
import type { Log } from '../ports/log.ts'
import type { Pictures, WebFetcher } from '../ports/pictures.ts'
import type { StaffDirectory } from '../ports/staff.ts'

export interface FindContactCodeDeps {
  contactCodes: ContactCodes
  contactCodeMaker: ContactCodeMaker
  pictures: Pictures
  webFetcher: WebFetcher
  staffDirectory: Pick<StaffDirectory, 'get' | 'hasLeft'>
  clock: Clock
  log: Log
}

/** A salesperson's own QR code at one place of one copy. */
export interface FoundCode {
  /** Name of the picture among our own. */
  picture: string
  /** Of the salesperson; null: not known. */
  name: string | null
}

type Copy = { link: ContentLink; content: Content }

export type FindContactCode = ReturnType<typeof createFindContactCode>

/** An article that many open at once asks once; who leaves, or takes another name, is so half a minute later. */
const freshMs = 30_000
const mostKept = 2_000

/** Long enough for WeCom and its picture; after a crash in between another may try. */
const makingMs = 60_000
const afterRefusalMs = 3600_000
const afterSilenceMs = 5 * 60_000
/** A right that is missing is missing for every copy. */
const pauseMs = 10 * 60_000
const placeWords: Readonly<Record<CodePlace, string>> = { article: '文章', poster: '海报' }

/**
 * The contact code of a copy, made on first asking and kept. null: there is none, be it that the copy is nobody's, the
 * member has left, WeCom refuses (then a log line says why), or another process makes it just now.
 */
export function createFindContactCode(deps: FindContactCodeDeps) {
  const { contactCodes, clock, log } = deps
  const later = (ms: number) => new Date(clock.now().getTime() + ms)
  let pausedUntil = 0

  const kept = new Map<string, { until: number; finding: Promise<FoundCode | null> }>()

  return function findContactCode(copy: Copy, place: CodePlace): Promise<FoundCode | null> {
    const state = codeState(place, copy.link.slug)
    const known = kept.get(state)
    if (known && known.until > clock.now().getTime()) return known.finding
    const finding = find(copy, place, state)
    kept.delete(state)
    kept.set(state, { until: clock.now().getTime() + freshMs, finding })
    if (kept.size > mostKept) kept.delete(kept.keys().next().value ?? '')
    finding.catch(() => kept.delete(state))
    return finding
  }

  async function find({ link, content }: Copy, place: CodePlace, state: string): Promise<FoundCode | null> {
    const member = link.staffId && !(await deps.staffDirectory.hasLeft(link.staffId)) ? await deps.staffDirectory.get(link.staffId) : null
    if (!member) return null
    const known = await contactCodes.get(state)
    if (known?.picture) return { picture: known.picture, name: member.name }
    if (clock.now().getTime() < pausedUntil || !(await contactCodes.claim(state, later(makingMs), clock.now()))) return null
    const remark = `${placeWords[place]}：${shortened(content.title, 24)}`
    const picture = await attempt(state, known, { userid: member.userid, remark })
    return picture === null ? null : { picture, name: member.name }
  }

  async function attempt(state: string, known: ContactCode | null, wanted: { userid: string; remark: string }): Promise<string | null> {
    try {
      const code = known ?? { state, picture: null, ...(await deps.contactCodeMaker.make({ state, ...wanted })) }
      if (!known) await contactCodes.save(code)
      return await keepPicture(code)
    } catch (error) {
      if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
      await giveUp(state, error)
      return null
    }
  }

  async function keepPicture(code: ContactCode): Promise<string | null> {
    const { bytes, problem } = await deps.webFetcher.get(code.qrCode, mostPictureBytes)
    const picture = bytes && (await deps.pictures.put(bytes, clock.now()))
    if (picture) await contactCodes.save({ ...code, picture })
    else log.warn({ code: code.state, problem: problem ?? 'no picture' }, 'page without a contact code: its picture cannot be fetched')
    return picture
  }

  /** Not asked again for a while: nobody waits for what was refused. */
  async function giveUp(state: string, error: TencentRefused | TencentUnreachable): Promise<void> {
    const refused = error instanceof TencentRefused ? error.errcode : null
    if (refused !== null && refusalKind(refused) === 'configuration') pausedUntil = clock.now().getTime() + pauseMs
    const why = refused === null ? 'WeCom does not answer' : wordsOfRefusal(refused).en
    log.warn({ code: state, api: error.api, errcode: refused, why }, 'page without a contact code')
    await contactCodes.postpone(state, later(refused === null ? afterSilenceMs : afterRefusalMs))
  }
}
