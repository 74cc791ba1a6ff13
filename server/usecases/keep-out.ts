import type { CustomerEvent, Fact, LinkFact } from '../domain/event.ts'
import { identityKey, type IdentityKey } from '../domain/ids.ts'
import { begunAnewAt, ended, erasureUnderWay, mayKeep, recordingOf, type Mark } from '../domain/recording.ts'
import type { Erasures, Locked, Marks } from '../ports/privacy.ts'
import type { AwaitConsent } from './await-consent.ts'
import type { Deferred, Reading } from './deferral.ts'
import type { LockLateMoney } from './lock-late-money.ts'
import { isPaid, type NotePaid } from './note-paid.ts'
import type { KnowRecording } from './recording.ts'
import type { SpreadSilence } from './spread-silence.ts'

export interface KeepOutDeps {
  marks: Marks
  erasures: Pick<Erasures, 'of'>
  recording: KnowRecording
  spreadSilence: SpreadSilence
  locked: Locked
  awaitConsent: AwaitConsent
  lockLateMoney: LockLateMoney
  notePaid: NotePaid
}

/** What of a batch may have consequences. */
export interface Admitted {
  /** Readings with what may be kept of them. */
  readings: readonly Reading[]
  /** What paused customers' relations to members are, by delivery: our index of contacts follows them all the same. */
  relations: ReadonlyMap<string, readonly Fact[]>
  /** Deliveries of which something may not be kept, by id. */
  notKept: ReadonlySet<string>
}

export type KeepOut = ReturnType<typeof createKeepOut>

/**
 * Takes out of what was read whatever is about somebody who paused or was erased (C4): nothing of it is stored, and
 * nobody hears of it; only money leaves what law or our own books need. The same goes for who has not agreed where
 * consent comes first (C5). Who begins anew after an erasure is let in from that act on, once the erasure is done: it
 * would take the new with the old. A link to such a person silences the other side too.
 */
export function createKeepOut({ marks, erasures, recording, spreadSilence, locked, awaitConsent, lockLateMoney, notePaid }: KeepOutDeps) {
  /** Readings that would be kept of somebody who is being erased just now wait for the end of that. */
  async function defer(readings: readonly Reading[], known: ReadonlyMap<IdentityKey, Mark>, deferred: Deferred): Promise<void> {
    const groups = new Map<string, Promise<boolean>>()
    for (const { delivery, facts } of readings) {
      for (const fact of facts) {
        const mark = fact.about === 'customer' ? known.get(identityKey(fact.event.who)) : undefined
        if (fact.about !== 'customer' || !mark || !(mayKeep(mark, fact.event.at) || begunAnewAt(mark, fact.event))) continue
        const underWay = groups.get(mark.group) ?? isBeingErased(mark)
        groups.set(mark.group, underWay)
        if (await underWay) deferred.set(delivery.id, erasureUnderWay)
      }
    }
  }

  async function isBeingErased({ group }: Mark): Promise<boolean> {
    const requests = await Promise.all((await marks.ofGroup(group)).map(({ print }) => erasures.of(print)))
    return requests.flat().some(({ state, reason }) => state === 'running' || (state === 'scheduled' && reason === 'request'))
  }

  /** Ends the erasures of those who begin anew in this batch; the marks as they are afterwards. */
  async function marksNow(readings: readonly Reading[], deferred: Deferred): Promise<ReadonlyMap<IdentityKey, Mark>> {
    const facts = readings.flatMap((reading) => reading.facts)
    const known = await recording.marksOf(facts.flatMap(keysOf))
    if (known.size === 0) return known
    await defer(readings, known, deferred)
    let begun = false
    const admitted = readings.filter(({ delivery }) => deferred.get(delivery.id) !== erasureUnderWay)
    for (const { event } of admitted.flatMap((reading) => reading.facts).flatMap((fact) => (fact.about === 'customer' ? [fact] : []))) {
      const mark = known.get(identityKey(event.who))
      const at = mark ? begunAnewAt(mark, event) : null
      if (!mark || !at) continue
      const before = new Date(at.getTime() - 1)
      const group = await marks.ofGroup(mark.group)
      await marks.change(group.map(({ print }) => print), (one) => one && ended(one, 'erased', before))
      begun = true
    }
    return begun ? recording.marksOf(facts.flatMap(keysOf)) : known
  }

  /** One that joins somebody to a silent person silences the other side too. */
  async function admitLink(link: LinkFact, known: ReadonlyMap<IdentityKey, Mark>): Promise<boolean> {
    const sides = [identityKey(link.a), identityKey(link.b)] as const
    if (sides.some((key) => recordingOf(known.get(key)) !== 'on')) return !(await spreadSilence(...sides))
    return sides.every((key) => mayKeep(known.get(key), link.at))
  }

  /** Whether it may have consequences. What it means for who is silent is seen to here: a link, a refund of what is locked. */
  async function admit(fact: Fact, known: ReadonlyMap<IdentityKey, Mark>): Promise<boolean> {
    switch (fact.about) {
      case 'customer':
        return keepsEvent(fact.event, known)
      case 'link':
        return admitLink(fact.link, known)
      case 'coupon':
        return mayKeep(known.get(identityKey(fact.coupon.who)), fact.coupon.at)
      case 'refund':
        return !(await locked.addRefund(fact.refund))
      default:
        return true
    }
  }

  return async function keepOut(readings: readonly Reading[], deferred: Deferred): Promise<Admitted> {
    const known = await marksNow(readings, deferred)
    // Before anything else leaves it out: who was erased has been asked nothing, and may have come back in this very batch.
    await lockLateMoney(readings, known, deferred)
    const unasked = await awaitConsent(readings.flatMap(({ facts }) => facts))
    const notKept = new Set<string>()
    const admitted: Reading[] = []
    const relations = new Map<string, readonly Fact[]>()
    for (const reading of readings) {
      const facts: Fact[] = []
      const others: Fact[] = []
      // Whose it is may stand beside what was done, and goes with it.
      const isUnasked = reading.facts.some((fact) => unasked.has(fact))
      for (const fact of reading.facts) {
        if (deferred.get(reading.delivery.id) === erasureUnderWay) continue
        if (!isUnasked && (await admit(fact, known))) facts.push(fact)
        else {
          notKept.add(reading.delivery.id)
          if (isRelation(fact, known)) others.push(fact)
          if (fact.about === 'customer' && isPaid(fact.event)) await notePaid(fact.event)
        }
      }
      admitted.push(facts.length === reading.facts.length ? reading : { ...reading, facts })
      if (others.length > 0) relations.set(reading.delivery.id, others)
    }
    return { readings: admitted, relations, notKept }
  }
}

/** Somebody else's share is theirs, but may not say who opened it. */
function keepsEvent(event: CustomerEvent, known: ReadonlyMap<IdentityKey, Mark>): boolean {
  const friend = event.kind === 'shared-content' ? known.get(event.friend as IdentityKey) : undefined
  return mayKeep(known.get(identityKey(event.who)), event.at) && mayKeep(friend, event.at)
}

/** Who follows whom is the brand's own knowledge, not something that a paused customer did; of the erased nothing stays. */
function isRelation(fact: Fact, known: ReadonlyMap<IdentityKey, Mark>): boolean {
  if (fact.about !== 'customer' || fact.event.source !== 'wecom' || fact.event.who.kind !== 'external') return false
  return recordingOf(known.get(identityKey(fact.event.who))) === 'paused'
}

function keysOf(fact: Fact): IdentityKey[] {
  if (fact.about === 'customer') {
    const friend = fact.event.kind === 'shared-content' ? [fact.event.friend as IdentityKey] : []
    return [identityKey(fact.event.who), ...friend]
  }
  if (fact.about === 'link') return [identityKey(fact.link.a), identityKey(fact.link.b)]
  return fact.about === 'coupon' ? [identityKey(fact.coupon.who)] : []
}
