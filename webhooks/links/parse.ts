import { MalformedCallback } from '../../server/domain/errors.ts'
import type { CustomerEvent, Fact } from '../../server/domain/event.ts'
import { parseIdentityKey } from '../../server/domain/ids.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { storedJson } from '../json-answers.ts'
import { linkFact } from '../learnt-link.ts'
import { linksEventKey, storedOnLinks, type Opened, type Read, type Shared } from './deliveries.ts'

/** What a delivery of our own links tells. @throws MalformedCallback */
export function parseLinks(delivery: Delivery): readonly Fact[] {
  const { data } = storedOnLinks.safeParse(storedJson(delivery.bytes))
  if (!data) throw new MalformedCallback('not an event of a tracked link')
  return [data.kind === 'linked' ? { about: 'link', link: linkFact(data) } : { about: 'customer', event: eventOf(data) }]
}

function eventOf(told: Opened | Read | Shared): CustomerEvent {
  const { contentId, title } = told
  const head = { key: linksEventKey(told), at: new Date(told.at), contentId, title }
  if (told.kind === 'shared') {
    const { sharer, friend } = told
    return { ...head, kind: 'shared-content', who: parseIdentityKey(sharer), source: 'share-chain', friend }
  }
  const who = { kind: 'openid', appId: told.appId, openId: told.openId } as const
  if (told.kind === 'read') {
    const { seconds, percent, section } = told
    return { ...head, kind: 'read-content', who, source: 'tracked-link', seconds, percent, ...(section && { section }) }
  }
  const { staffId: linkOf, via, viaToken } = told
  return { ...head, kind: 'opened-content', who, source: 'tracked-link', linkOf, via, viaShare: viaToken !== null }
}
