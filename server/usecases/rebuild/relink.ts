import type { LinkEvidence, LinkFact } from '../../domain/event.ts'
import { identityKey, parseIdentityKey, type ExternalUserId, type IdentityKey, type UnionId } from '../../domain/ids.ts'
import type { Contact, Join } from '../../domain/person.ts'
import { wasKept } from '../../domain/was-kept.ts'
import type { Observation, Observations } from '../../ports/contacts.ts'
import type { Log } from '../../ports/log.ts'
import type { People } from '../../ports/people.ts'
import type { Timeline } from '../../ports/timeline.ts'
import { createLinkIdentities } from '../link-identities.ts'
import { identitiesOf } from '../remember-events.ts'
import type { HeardLink, RetellDeps } from './retell.ts'

export interface RelinkDeps extends Pick<RetellDeps, 'marksOf'> {
  observations: Observations
  /** Empty but for the persons of the retold events. */
  people: People
  /** The retold events. */
  timeline: Pick<Timeline, 'between'>
  log: Log
}

/** When the identities of a person last came together or apart: what the rules said before may have been otherwise. */
export interface Changes {
  joined: ReadonlyMap<IdentityKey, Date>
  parted: ReadonlyMap<IdentityKey, Date>
}

/** One thing that was heard of, in the order of the time. */
type Step = { at: Date; storedAt: Date } & (
  | { kind: 'contact'; externalUserId: ExternalUserId; unionId: UnionId }
  | { kind: 'link'; link: LinkFact; place: string }
  | { kind: 'decision'; a: IdentityKey; b: IdentityKey; evidence: LinkEvidence; undone: boolean }
)

const everAfter = new Date(8.64e15)

/** Of one moment: contacts are known before links are told, and an operator decides about what there is. */
const ranks: Readonly<Record<Step['kind'], number>> = { contact: 0, link: 1, decision: 2 }

/**
 * Makes every join anew from what was heard: links in deliveries, answers of user/info, contacts that WeCom told of, and
 * what operators decided; in the order in which it was heard, by the same use case as ever (C1, B5).
 */
export async function relink(deps: RelinkDeps, heard: readonly HeardLink[], seeds: readonly Join[]): Promise<Changes> {
  const { people, observations, log } = deps
  const steps: Step[] = [
    ...seeds.map(({ a, b, evidence, at }): Step => ({ at, storedAt: at, kind: 'link', link: linkOf(a, b, evidence, at), place: '' })),
    ...heard.map(({ link, heardAt, storedAt, place }): Step => ({ at: heardAt, storedAt, kind: 'link', link, place })),
    ...(await observedSteps(deps)),
  ].toSorted(
    (a, b) => a.at.getTime() - b.at.getTime() || a.storedAt.getTime() - b.storedAt.getTime() || ranks[a.kind] - ranks[b.kind] || compareText(textOf(a), textOf(b)),
  )

  const changes = { joined: new Map<IdentityKey, Date>(), parted: new Map<IdentityKey, Date>() }
  const known = new Map<UnionId, Map<ExternalUserId, Contact>>()
  const unionIdOf = new Map<ExternalUserId, UnionId>()
  let now = new Date(0)
  const noted = notingJoins(people, changes, () => now)
  const nobody = async () => undefined
  const linkIdentities = createLinkIdentities({
    people: noted,
    contacts: { byUnionIds: async (ids) => ids.flatMap((id) => [...(known.get(id)?.values() ?? [])]) },
    observations: { ...observations, record: nobody },
    lookups: { due: async () => new Set(), note: nobody, owed: async () => [] },
    account: null,
    onReveal: nobody,
    // What is silent was left out before.
    spreadSilence: async () => false,
    clock: { now: () => now },
    log: { ...log, info: () => undefined, warn: () => undefined },
  })

  async function take(step: Step): Promise<void> {
    now = step.at
    if (step.kind === 'link') await linkIdentities.link([step.link], [])
    else if (step.kind === 'decision') await decide(noted, step)
    else await takeContact(step.externalUserId, step.unionId)
  }

  async function takeContact(externalUserId: ExternalUserId, unionId: UnionId): Promise<void> {
    const contact: Contact = { externalUserId, name: '', avatar: null, unionId, follows: [], readAt: now }
    known.get(unionIdOf.get(externalUserId) ?? unionId)?.delete(externalUserId)
    unionIdOf.set(externalUserId, unionId)
    known.set(unionId, (known.get(unionId) ?? new Map()).set(externalUserId, contact))
    await linkIdentities.joinKnown([contact], [])
  }

  /** Whose join was undone is looked up among the contacts again when they next do something. */
  async function touchParted(): Promise<void> {
    for (const [key, at] of changes.parted) {
      now = at
      const later = await deps.timeline.between([key], at, everAfter)
      if (later.length > 0) await linkIdentities.link([], later.slice(0, 1))
    }
  }

  for (const step of steps) await take(step)
  await touchParted()
  return changes
}

async function decide(
  people: People,
  { a, b, evidence, undone, at }: Extract<Step, { kind: 'decision' }>,
): Promise<void> {
  const joins = await people.joins(a)
  const join = joins.find(
    (one) => one.a === a && one.b === b && one.evidence.by === evidence.by && one.evidence.appId === evidence.appId,
  )
  if (!join) return
  await (undone ? people.undo(join.id, at) : people.redo(join.id))
}

/** The same people, noting when whose identities came together or apart. */
function notingJoins(
  people: People,
  changes: { joined: Map<IdentityKey, Date>; parted: Map<IdentityKey, Date> },
  now: () => Date,
): People {
  return {
    ...people,
    async join(link) {
      const result = await people.join(link)
      if (result.joined) for (const key of identitiesOf(result.person)) changes.joined.set(key, now())
      return result
    },
    async undo(id, at) {
      const result = await people.undo(id, at)
      if (result?.changed) for (const key of result.persons.flatMap(identitiesOf)) changes.parted.set(key, now())
      return result
    },
    async redo(id) {
      const result = await people.redo(id)
      if (result?.changed) for (const key of result.persons.flatMap(identitiesOf)) changes.parted.set(key, now())
      return result
    },
  }
}

async function observedSteps({ observations, marksOf }: RelinkDeps): Promise<Step[]> {
  const steps: Step[] = []
  const unionIdOf = new Map<ExternalUserId, UnionId>()
  const read = async (kind: string, step: (one: Observation & { storedAt: Date }) => Step[]) => {
    for await (const one of observations.each(kind)) steps.push(...step(one))
  }
  await read('contact', ({ at, storedAt, content }) => {
    const { externalUserId, unionId } = content as { externalUserId: ExternalUserId; unionId: UnionId | null }
    if (!unionId || unionIdOf.get(externalUserId) === unionId) return []
    unionIdOf.set(externalUserId, unionId)
    return [{ at, storedAt, kind: 'contact', externalUserId, unionId }]
  })
  await read('user-info', ({ key, at, storedAt, content }) => {
    const { identity, unionId } = content as { identity: IdentityKey; unionId: UnionId }
    const a = parseIdentityKey(identity)
    if (a.kind !== 'openid') return []
    const link: LinkFact = {
      key,
      at,
      a,
      b: { kind: 'unionid', unionId },
      evidence: { by: 'user-info', appId: a.appId },
    }
    return [{ at, storedAt, kind: 'link', link, place: '' }]
  })
  await read('join-decision', ({ at, storedAt, content }) => {
    const { a, b, evidence, undone } = content as Omit<Extract<Step, { kind: 'decision' }>, 'kind' | 'at' | 'storedAt'>
    return [{ at, storedAt, kind: 'decision', a, b, evidence, undone }]
  })
  const marks = await marksOf(steps.flatMap(sidesOf))
  return steps.filter((step) => sidesOf(step).every((key) => wasKept(marks.get(key), step.at, step.at)))
}

function sidesOf(step: Step): readonly [IdentityKey, IdentityKey] {
  if (step.kind === 'decision') return [step.a, step.b]
  if (step.kind === 'link') return [identityKey(step.link.a), identityKey(step.link.b)]
  const { externalUserId, unionId } = step
  return [identityKey({ kind: 'external', externalUserId }), identityKey({ kind: 'unionid', unionId })]
}

function linkOf(a: IdentityKey, b: IdentityKey, evidence: LinkEvidence, at: Date): LinkFact {
  return { key: `${a}|${b}`, at, a: parseIdentityKey(a), b: parseIdentityKey(b), evidence }
}

function textOf(step: Step): string {
  return [step.kind === 'link' ? step.place : '', ...sidesOf(step), step.kind === 'link' ? step.link.key : ''].join(' ')
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
