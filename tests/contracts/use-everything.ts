import type { Stores } from '../../server/adapters/mongo/connect.ts'
import { periods, usualDays } from '../../server/domain/retention.ts'
import type { OpenId, PersonId, UnionId } from '../../server/domain/ids.ts'
import {
  alert,
  basket,
  contact,
  delivery,
  external,
  follow,
  lin,
  mei,
  message,
  note,
  minute,
  opened,
  openid,
  payment,
  signal,
  unionid,
  forwarded,
  forwardTry,
  webhook,
} from './samples.ts'
import { useContentPictures } from './use-content.ts'
import { useChains } from './use-chains.ts'
import { usePrivacy } from './use-privacy.ts'

/** Calls every method of every store at least once, in each of the forms that make a query of their own. */
export async function useEverything(stores: Stores): Promise<void> {
  await useInbox(stores)
  await usePeople(stores)
  await useContacts(stores)
  await useTimeline(stores)
  await useMemories(stores)
  await useAlerts(stores)
  await useMessages(stores)
  await useContent(stores)
  await useChains(stores)
  await useContentPictures(stores)
  await usePayments(stores)
  await useNotes(stores)
  await useNotices(stores)
  await useRetention(stores)
  await useTheRest(stores)
  await useDirectory(stores)
  await usePrivacy(stores)
  await stores.ping()
}

async function useInbox({ inbox }: Stores): Promise<void> {
  await inbox.accept(['k1', 'k2', 'k3', 'k4'].map((key) => delivery(key)))
  const [one, two, three] = await inbox.take(10, minute(0))
  await inbox.settle(
    [
      { id: one?.id ?? '', outcome: 'handled' },
      { id: two?.id ?? '', outcome: 'set-aside', reason: 'broken' },
      { id: three?.id ?? '', outcome: 'deferred', until: minute(1), reason: 'busy' },
    ],
    minute(0),
  )
  await inbox.depth()
  await inbox.oldest()
  await inbox.list('stuck', 10)
  await inbox.left()
  await inbox.find(two?.id ?? '')
  for await (const left of inbox.each('set-aside')) await inbox.reopen([left.id])
}

async function usePeople({ people }: Stores): Promise<void> {
  const { person } = await people.join({ a: openid('lin'), b: unionid('lin'), evidence: { by: 'oauth' }, at: minute(0) })
  await people.join({ a: external('lin'), b: unionid('lin'), evidence: { by: 'contact' }, at: minute(1) })
  await people.resolve([openid('lin'), openid('zhou')], minute(0))
  await people.find([unionid('lin')])
  await people.byIds([person.id, ...person.formerIds])
  await people.keptApart({ a: openid('lin'), b: unionid('lin'), evidence: { by: 'oauth' } })
  const [first] = await people.joins(openid('lin'))
  if (first) await people.joinById(first.id)
  if (first) await people.undo(first.id, minute(2))
  if (first) await people.redo(first.id)
  for (const { token } of await people.unsettled(10)) await people.settled(token)
}

async function useContacts({ contacts, observations }: Stores): Promise<void> {
  const before = contact(lin, [follow('Mei', minute(0))])
  await contacts.put([{ before: null, after: before }])
  await contacts.put([{ before: { ...before, readAt: minute(9) }, after: before }])
  await contacts.get(lin)
  await contacts.many([lin])
  await contacts.byUnionIds([`u-${lin}` as UnionId, 'u-none' as UnionId])
  await contacts.followedBy(mei, 10)
  await contacts.idsFollowedBy(mei)
  await observations.record([{ key: 'o1', at: minute(0), kind: 'user-info', content: {} }])
  await observations.byKeys(['o1'])
  await observations.about('link-conflict', [openid('lin'), unionid('lin')], 10)
  for await (const one of observations.each('user-info')) void one
}

async function useTimeline({ timeline, signals }: Stores): Promise<void> {
  await timeline.add([opened('e1', minute(0)), basket('e2', minute(0)), opened('e3', minute(2))])
  await timeline.known(['e1'])
  await timeline.latest([[openid('lin'), unionid('lin')], [openid('zhou')]], { from: minute(0), limit: 1 })
  await timeline.of([openid('lin')], { limit: 10 })
  await timeline.of([openid('lin'), unionid('lin')], { limit: 1, before: minute(9) })
  await timeline.between([openid('lin')], minute(0), minute(9))
  await timeline.between([openid('lin')], minute(0), minute(9), ['opened-content'])
  await timeline.byKeys(['e1', 'e2'])
  await signals.put([signal('s1', openid('lin'), minute(0))])
  await signals.between([openid('lin')], minute(0), minute(9))
  for await (const { key } of signals.standing()) if (key === '') throw new Error('a signal without a key')
}

async function useMemories({ memories }: Stores): Promise<void> {
  const id = 'p1' as PersonId
  const memory = { newest: null, nextTimerAt: minute(1), state: {} }
  await memories.save([{ id, version: 0, memory }])
  await memories.save([{ id, version: 5, memory }])
  await memories.load([id])
  await memories.due(minute(9), 10)
  await memories.drop([id])
}

async function useAlerts({ alerts }: Stores): Promise<void> {
  await alerts.put([alert('a1')])
  await alerts.get('a1')
  await alerts.many(['a1', 'a2'])
  await alerts.reword('a1', { title: 't', evidence: [] })
  await alerts.change('a1', ['queued', 'held'], { state: 'held', at: minute(1), reason: 'merge window' })
  await alerts.about(lin, ['held', 'sent'], 10)
  await alerts.haveAlerts([lin], ['held', 'sent'])
  await alerts.of(mei, ['held', 'sent'], 10)
  await alerts.staffWithUnrung(minute(0))
  await alerts.inState('merged', 10)
  await alerts.openSince(minute(9), 10)
  await alerts.counts([mei], ['held'], minute(0))
  await alerts.ofAny([mei], ['held', 'sent'], 10)
}

async function useMessages({ messages }: Stores): Promise<void> {
  await messages.freeze(message('m1', { responseCode: { code: 'r1', at: minute(0) } }))
  await messages.get('m1')
  await messages.due(minute(0), 10)
  await messages.updatesDue(minute(0), 10)
  await messages.saveAttempt('m1', 0, { attempts: 1 })
  await messages.save('m1', { state: 'sent', sentAt: minute(0) })
  await messages.sentSince(mei, minute(0))
  await messages.lastRangAbout(mei, [lin])
  await messages.forgetWords('m1')
  await messages.takeResponseCode('m1', minute(0))
}

async function useContent({ contentLibrary, shares }: Stores): Promise<void> {
  const content = { id: 'c1', title: 't', url: null, markdown: '# t', cover: null, addedAt: minute(0) }
  await contentLibrary.add(content)
  await contentLibrary.get('c1')
  await contentLibrary.list(10)
  const { slug } = await contentLibrary.linkFor('c1', mei)
  await contentLibrary.linksFor([{ contentId: 'c1', staffId: null }])
  await contentLibrary.bySlug(slug)
  const { token } = await shares.tokenFor({ contentId: 'c1', slug, visitor: openid('lin'), parent: null, depth: 1, by: 'oauth', at: minute(0) })
  await shares.find(token)
  await shares.noteShare({ contentId: 'c1', slug, sharer: openid('lin'), friend: openid('zhou'), by: 'oauth', at: minute(0) })
  await shares.noteAnonymous({ contentId: 'c1', slug, why: 'outside', at: minute(0) })
}

async function useRetention({ retention, people, notices }: Stores): Promise<void> {
  for (const { kind } of periods) if (kind !== 'strangers' && kind !== 'notices' && kind !== 'refusals') await retention.removeOlder(kind, new Date(0), 10)
  await notices.checkAgain([{ identities: await notices.toCheck(minute(0), 10), at: minute(1) }])
  await notices.toCheck(minute(2), 10)
  await people.resolve([openid('old')], minute(0))
  const ids = await retention.toCheck(minute(0), 10)
  await retention.checkAgain([{ ids, at: minute(1) }])
  await retention.toCheck(minute(2), 10)
  await retention.noteRun({ at: minute(0), removed: usualDays })
  await retention.lastRun()
}

async function useNotices({ notices }: Stores): Promise<void> {
  const shown = { identity: openid('lin'), source: 'links', version: 'v1', deed: 'shown', how: 'page', at: minute(0) } as const
  await notices.note([shown, { ...shown, deed: 'agreed', at: minute(1) }])
  await notices.of([openid('lin')])
  await notices.keepText({ source: 'links', version: 'v1', text: 't', at: minute(0) })
  await notices.keepText({ source: 'links', version: 'v1', text: 'u', at: minute(1) })
  await notices.drop([openid('lin')])
}

async function useNotes({ notes }: Stores): Promise<void> {
  await notes.put(note('n1', { reminder: { at: minute(1), for: mei, state: 'planned' } }))
  await notes.get('n1')
  await notes.about(lin, 10)
  await notes.edit('n1', { kind: 'call', text: 't', editedAt: minute(1) })
  await notes.plannedAbout([lin])
  await notes.plannedFor(mei, 10)
  await notes.due(minute(9), 10)
  await notes.handOver('n1', mei, mei)
  await notes.settle('n1', 'rung')
  await notes.remove('n1')
}

async function usePayments({ payments }: Stores): Promise<void> {
  await payments.add(payment('p1'))
  await payments.get('p1')
  await payments.many(['p1', 'p2'])
  await payments.of(lin, 5)
  await payments.change('p1', ['open'], { state: 'paid', askAt: null })
  await payments.due(minute(9), 10)
}

async function useTheRest({ leases, lookups, staffDirectory, briefings, followUps, tokens, live, highWater, webhookQueue, forwards }: Stores): Promise<void> {
  await leases.hold('worker', 'one', 1000)
  await leases.hold('worker', 'two', 1000)
  await leases.release('worker', 'one')
  await leases.hold('nightly', 'one', -1)
  await leases.hold('nightly', 'two', 1000)
  await lookups.note('l1', { askAgainAt: minute(0), tries: 1 })
  await lookups.note('l2', { askAgainAt: null, tries: 1 })
  await lookups.due(['l1'], minute(0))
  await lookups.owed(minute(0), 10)
  await staffDirectory.replaceAll(['Mei'], minute(0))
  await staffDirectory.add(['Mei'], minute(0))
  await staffDirectory.meet('Mei', minute(0))
  await staffDirectory.setName(mei, '小梅')
  await staffDirectory.all()
  await staffDirectory.get(mei)
  await staffDirectory.many([mei])
  await staffDirectory.leave(mei, minute(1))
  await staffDirectory.hasLeft(mei)
  await briefings.put({ key: 'b1', externalUserId: lin, staffId: mei, at: minute(0), eventKeys: [] })
  await briefings.of(lin)
  await briefings.many([lin])
  await followUps.add({ externalUserId: lin, staffId: mei, what: 'opener', at: minute(0) })
  await followUps.last(lin)
  await tokens.put('wecom', { kind: 'token', token: 't', useUntil: minute(9) })
  await tokens.get('wecom')
  await tokens.discard('wecom', 't')
  await webhookQueue.put([webhook('w1')])
  await webhookQueue.due('crm', minute(0), 10)
  await webhookQueue.note('w1', { at: minute(0), status: 204, problem: null }, { state: 'delivered', nextTryAt: minute(0) })
  await webhookQueue.list('delivered', 10)
  await webhookQueue.drop([lin])
  await forwards.put(forwarded('f1'))
  await forwards.due('wecom', minute(0), 10)
  await forwards.note('f1', forwardTry(), { state: 'delivered', nextTryAt: minute(0) })
  await forwards.list('delivered', 10)
  await highWater.put('orders', { upTo: minute(0), underWay: { to: minute(1), cursor: 'c' } })
  await highWater.put('orders', { upTo: minute(1), underWay: null })
  await highWater.get('orders')
  await live.publish([{ staffId: mei, kind: 'alert', subject: 'a1' }])
}

async function useDirectory({ members, corpTags, followers, syncProgress, sightings, storeProbe }: Stores): Promise<void> {
  await sightings.note('wecom', 'good', minute(0))
  await sightings.all()
  await storeProbe.replicaSet()
  await storeProbe.isHeld('worker')
  await members.put([{ staffId: mei, userid: 'Mei', name: '小梅', departments: [2], leads: [2] }])
  await members.putDepartments([{ id: 2, name: '南京西路店', parentId: 1, leaders: [mei] }])
  await members.get(mei)
  await members.many([mei])
  await members.departments()
  await members.ledBy(mei)
  await members.keepOnly([])
  await members.remove([mei])
  await members.keepOnlyDepartments([])
  await corpTags.put([{ id: 'g1', name: '等级', order: 1, tags: [{ id: 't1', name: '金卡', order: 1 }] }])
  await corpTags.all()
  await corpTags.many(['t1'])
  await corpTags.keepOnly([])
  await followers.put([{ openId: 'oA' as OpenId, unionId: null, follows: true, askedAt: null, toldBy: null, toldAt: null }])
  await followers.many(['oA' as OpenId])
  await followers.present(null, 10)
  await followers.present('oA' as OpenId, 10)
  await syncProgress.begin('run', minute(0))
  await syncProgress.underWay()
  await syncProgress.addPage('contacts', '0', { number: 0, cursor: '', listed: [], changed: 0 })
  await syncProgress.page('contacts', '0', 0)
  await syncProgress.pages('contacts', '0')
  await syncProgress.dropPart('contacts', '0')
  await syncProgress.endStage('run', 'contacts', { read: 1, changed: 0, refused: [] })
  await syncProgress.end('run')
  await syncProgress.last()
}
