import { randomBytes } from 'node:crypto'
import type { Connection } from 'mongoose'
import type { IdentityKey } from '../../domain/ids.ts'
import { depthOf, type ShareDocument, type ShareTokenDocument } from './shares.ts'
import { duplicatesOf, insertNew } from './store-errors.ts'

/**
 * Somebody leaves the share chains and the totals stay what they were (A6, C4). Their tokens go: a link that carries one
 * still shows the article and proves nothing any more. What stays is that somebody read this copy on this level, under a
 * random name that leads to nobody and is in nothing but these documents; shares keep that name in place of theirs, and
 * the other party's. Safe to repeat: what has a name of that kind is not found again.
 */
export async function forgetSharers(connection: Connection, keys: readonly IdentityKey[]): Promise<Record<string, number>> {
  const tokens = connection.collection<ShareTokenDocument>('shareTokens')
  const shares = connection.collection<ShareDocument>('shares')
  const nobody = `gone:${randomBytes(12).toString('base64url')}` as IdentityKey
  const counts: Record<string, number> = {}
  const own = await tokens.find({ visitor: { $in: [...keys] } }).toArray()
  if (own.length > 0) {
    await insertNew(tokens, nearestOfEach(own).map((token) => ({ ...token, _id: randomBytes(12).toString('base64url'), visitor: nobody, parent: null })))
    await tokens.deleteMany({ _id: { $in: own.map(({ _id }) => _id) } })
    counts['shareTokens'] = own.length
  }
  for (const party of ['sharer', 'friend'] as const) {
    const named = await shares.find({ [party]: { $in: [...keys] } }, { projection: { _id: 1 } }).toArray()
    if (named.length === 0) continue
    const renames = named.map(({ _id }) => ({ updateOne: { filter: { _id }, update: { $set: { [party]: nobody } } } }))
    // Two identities of one person in the same place are one share.
    const twice = await duplicatesOf(() => shares.bulkWrite(renames, { ordered: false }))
    await shares.deleteMany({ _id: { $in: named.filter((_, index) => twice.has(index)).map(({ _id }) => _id) } })
    counts['shares'] = (counts['shares'] ?? 0) + named.length
  }
  return counts
}

/** Of each copy one token, the one nearest to its beginning: two identities of one person are one reader there. */
function nearestOfEach(own: readonly ShareTokenDocument[]): readonly ShareTokenDocument[] {
  const nearest = new Map<string, ShareTokenDocument>()
  for (const token of own) {
    const known = nearest.get(token.slug)
    const by = known?.by === 'oauth' || token.by === 'oauth' ? 'oauth' : token.by
    const near = known && depthOf(known) <= depthOf(token) ? known : { ...token, depth: depthOf(token) }
    nearest.set(token.slug, by ? { ...near, by } : near)
  }
  return [...nearest.values()]
}
