import { identityKey, type AppId, type ExternalUserId, type StaffId } from '../domain/ids.ts'
import { linkStateOf, type LinkWay, type UnlinkedReason } from '../domain/link-state.ts'
import { reasonWords } from '../domain/link-words.ts'
import type { LinkRates } from '../ports/link-rates.ts'
import type { People } from '../ports/people.ts'
import { factsOf } from './count-links.ts'
import type { LookOn } from './look-on.ts'
import type { KnowRecording } from './recording.ts'
import { identitiesOf } from './remember-events.ts'

export interface FindLinkWayDeps {
  lookOn: Pick<LookOn, 'find'>
  people: Pick<People, 'find'>
  linkRates: Pick<LinkRates, 'unionIdsSeen'>
  recording: Pick<KnowRecording, 'ofContact'>
  /** Of the Official Account; null: none. */
  appId: AppId | null
}

export type FindLinkWay = ReturnType<typeof createFindLinkWay>

/** By which way this customer can be linked (C3); null: linked, or wants nothing noted. */
export function createFindLinkWay(deps: FindLinkWayDeps) {
  /** @throws Denied (not-my-customer), TencentRefused */
  return async function findLinkWay(staffId: StaffId, id: ExternalUserId): Promise<{ reason: UnlinkedReason; way: LinkWay } | null> {
    const { contact, team } = await deps.lookOn.find(staffId, id)
    if (team !== null || (await deps.recording.ofContact(id)) !== 'on') return null
    const key = identityKey({ kind: 'external', externalUserId: id })
    const own = contact.unionId === null ? [key] : [key, identityKey({ kind: 'unionid', unionId: contact.unionId })]
    const persons = await deps.people.find(own)
    const facts = factsOf([...new Set([key, ...[...persons.values()].flatMap(identitiesOf)])], { contacts: [contact], followers: new Map() }, deps.appId)
    const state = linkStateOf(facts, await deps.linkRates.unionIdsSeen())
    return state === 'linked' ? null : { reason: state, way: reasonWords[state].way }
  }
}
