import type { Connection, mongo } from 'mongoose'
import type { CustomerEvent } from '../../domain/event.ts'
import { moneyKinds } from '../../domain/alert-life.ts'
import { parseIdentityKey, type IdentityKey } from '../../domain/ids.ts'
import { erasureUnderWay } from '../../domain/recording.ts'
import type { Payments } from '../../ports/payments.ts'
import type { Eraser, ErasureSubject, Trace } from '../../ports/privacy.ts'
import type { Timeline } from '../../ports/timeline.ts'
import { emptyMessage, eraseOwn } from './erase-own.ts'
import { erasePeople } from './erase-people.ts'
import { guarded } from './guarded.ts'
import { bytesOf, collectionsOf, findAnywhere, findWholeIds, isLast, pageOf, placeOf, type Finder } from './traces.ts'

/**
 * What becomes of a document that names somebody who is erased, after `eraseOwn`: `delete` it; `clean` it of their ids,
 * where it is somebody else's; `keep` it, where no customer can be meant; or a way of its own. true: it may be left.
 */
type EraseRule = 'delete' | 'clean' | 'keep' | ((connection: Connection, document: mongo.Document, finder: Finder) => Promise<boolean>)

const deleted = async (connection: Connection, collection: string, id: unknown) => {
  await connection.collection(collection).deleteOne({ _id: id as never })
  return false
}

/**
 * The one place where every collection says how it erases: a new one needs a line here (a test compares). A document in
 * a collection without a line is left and reported, and the erasure does not end.
 */
export const eraseRules: Readonly<Record<string, EraseRule>> = {
  inbox: eraseDelivery,
  people: async (connection, { identities, joins }, finder) => {
    const named = [...identities.map(({ key }: { key: IdentityKey }) => key), ...joins.flatMap(({ a, b }: { a: IdentityKey; b: IdentityKey }) => [a, b])]
    await erasePeople(connection, named.filter((key) => finder.in(key)))
    return false
  },
  messages: async (connection, message, finder) => {
    await emptyMessage(connection, message, new Set((message.alertKeys as string[]).filter((key) => finder.in(key))), new Date(message.frozenAt))
    return false
  },
  erasures: async (connection, { _id, state }) => {
    // Another wish about the same person: this one fulfils it. Those under way empty themselves at their end.
    if (state === 'running') return false
    const ended = state === 'scheduled' ? { state: 'withdrawn' } : {}
    await connection.collection('erasures').updateOne({ _id }, { $set: { ...ended, key: null, subject: null } })
    return false
  },
  timeline: 'clean',
  signals: 'clean',
  alerts: 'clean',
  briefings: 'clean',
  contacts: 'delete',
  observations: 'delete',
  memories: 'delete',
  followups: 'delete',
  notes: 'delete',
  live: 'clean',
  lookups: 'delete',
  shareTokens: 'delete',
  shares: 'delete',
  anonymousReads: 'keep',
  chainCounts: 'keep',
  linkRates: 'keep',
  webhooks: 'delete',
  payments: 'delete',
  forwards: 'delete',
  locked: 'keep',
  privacyMarks: 'keep',
  leases: 'keep',
  tokens: 'keep',
  staff: 'keep',
  contents: 'keep',
  pictures: 'keep',
  contactCodes: 'keep',
  contentLinks: 'keep',
  'high-water': 'keep',
  members: 'keep',
  departments: 'keep',
  'corp-tags': 'keep',
  noticeTexts: 'keep',
  retention: 'keep',
  sightings: 'keep',
  'sync-runs': 'keep',
  'sync-pages': 'clean',
  notices: 'delete',
  followers: 'delete',
}

/** Documents looked at in one go, so that deliveries are handled in between. */
const pagesAtOnce = 4

/** Erases, sweeps and searches the whole database, whatever collections it has. */
export function mongoEraser({ connection, payments, timeline }: { connection: Connection; payments: Payments; timeline: Timeline }): Eraser {
  async function swept(collection: string, document: mongo.Document, finder: Finder): Promise<boolean> {
    const rule = eraseRules[collection]
    if (rule === undefined) return true
    if (rule === 'keep') return false
    if (rule === 'delete' || (rule === 'clean' && finder.in(document._id))) return deleted(connection, collection, document._id)
    if (rule !== 'clean') return rule(connection, document, finder)
    await cleanOut(connection, collection, document, finder)
    return false
  }

  const guardedMethods = guarded<Omit<Eraser, 'search' | 'identities'>>({
    async kept({ keys, externalUserIds }) {
      const [asked, events] = await Promise.all([
        Promise.all(externalUserIds.map((id) => payments.of(id, 10_000))),
        timeline.between(keys, new Date(0), new Date(8.64e15), moneyKinds),
      ])
      const paid = asked.flat().filter(({ paidAt }) => paidAt !== null)
      return { payments: paid, events: events as readonly CustomerEvent[] }
    },
    own: (subject, scope, now) => eraseOwn(connection, subject, scope, now),
    async sweep(subjects, after) {
      const finder = findWholeIds(subjects.flatMap(idsOf))
      const collections = await collectionsOf(connection)
      let place = after ?? { name: collections[0] ?? '', id: null }
      const erased: Record<string, number> = {}
      const left: Record<string, number> = {}
      for (let pages = 0; pages < pagesAtOnce; pages += 1) {
        const page = await pageOf(connection, place.name, place.id)
        for (const document of page.filter((one) => finder.in(one) && !waitsForTheEnd(place.name, one))) {
          const counts = (await swept(place.name, document, finder)) ? left : erased
          counts[place.name] = (counts[place.name] ?? 0) + 1
        }
        if (!isLast(page)) place = { ...place, id: placeOf(page.at(-1)?._id) }
        else {
          const next = collections.find((one) => one > place.name)
          if (next === undefined) return { next: null, erased, left }
          place = { name: next, id: null }
        }
      }
      return { next: place, erased, left }
    },
  })
  return { ...guardedMethods, search: (texts) => search(connection, texts), identities: () => everybody(connection) }
}

/** Only the fields that name somebody: another process may change the others meanwhile. */
async function cleanOut(connection: Connection, collection: string, { _id, ...rest }: mongo.Document, finder: Finder): Promise<void> {
  const named = Object.entries(rest).filter(([name, value]) => finder.in(name) || finder.in(value))
  const cleaned = Object.entries(finder.cleaned(Object.fromEntries(named)) as mongo.Document)
  const gone = named.map(([name]) => name).filter((name) => finder.in(name))
  await connection.collection(collection).updateOne(
    { _id },
    { ...(cleaned.length > 0 && { $set: Object.fromEntries(cleaned) }), ...(gone.length > 0 && { $unset: Object.fromEntries(gone.map((name) => [name, 1])) }) },
  )
}

/** Of somebody who comes back: read when the erasure is done. */
function waitsForTheEnd(collection: string, { state, reason }: mongo.Document): boolean {
  return collection === 'inbox' && state === 'waiting' && reason === erasureUnderWay
}

/** Where people are stored under their identities, and how each names them. */
const namings: Readonly<Record<string, (document: mongo.Document) => readonly string[]>> = {
  people: (document) => document.identities.map(({ key }: { key: string }) => key),
  contacts: ({ _id, unionId }) => [`external:${_id}`, ...(unionId ? [`unionid:${unionId}`] : [])],
  timeline: ({ identity }) => [identity],
}

async function* everybody(connection: Connection): AsyncGenerator<readonly IdentityKey[]> {
  for (const [collection, namesIn] of Object.entries(namings)) {
    for (let after: string | null = null; ; ) {
      const page: readonly mongo.Document[] = await pageOf(connection, collection, after)
      if (page.length > 0) yield [...new Set(page.flatMap(namesIn))] as IdentityKey[]
      if (isLast(page)) break
      after = placeOf(page.at(-1)?._id)
    }
  }
}

/** No deadline: it reads everything, page by page. */
async function search(connection: Connection, texts: readonly string[]): Promise<readonly Trace[]> {
  const isIn = findAnywhere(texts)
  const traces: Trace[] = []
  for (const collection of await collectionsOf(connection)) {
    let count = 0
    for (let after: string | null = null; ; ) {
      const page: readonly mongo.Document[] = await pageOf(connection, collection, after)
      count += page.filter(isIn).length
      if (isLast(page)) break
      after = placeOf(page.at(-1)?._id)
    }
    if (count > 0) traces.push({ where: collection, count })
  }
  return traces
}

/** What names somebody in texts: the ids themselves, without what kind they are of. */
export function idsOf({ keys }: Pick<ErasureSubject, 'keys'>): readonly string[] {
  return keys.map((key) => {
    const identity = parseIdentityKey(key)
    if (identity.kind === 'openid') return identity.openId
    if (identity.kind === 'unionid') return identity.unionId
    return identity.kind === 'external' ? identity.externalUserId : identity.hash
  })
}

/**
 * One message of another system may tell about many customers: unread, it waits for its reading, which keeps nothing of
 * the erased; left aside, only their ids go from it. Every other delivery is about one person; one that has just come in
 * may be their way back, and is read first.
 */
async function eraseDelivery(connection: Connection, { _id, channel, state, bytes, attempts }: mongo.Document, finder: Finder): Promise<boolean> {
  const isMixed = channel === 'inbound' || channel === 'reconciled'
  if (state === 'waiting' && (isMixed || attempts === 0)) return true
  if (!isMixed || state === 'handled') return deleted(connection, 'inbox', _id)
  const text = finder.cleaned(Buffer.from(bytesOf(bytes) ?? []).toString('utf8'))
  if (finder.in(text)) return deleted(connection, 'inbox', _id)
  await connection.collection('inbox').updateOne({ _id }, { $set: { bytes: Buffer.from(String(text)) } })
  return false
}
