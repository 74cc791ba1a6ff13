import type { CustomerEvent } from '../domain/event.ts'
import { parseIdentityKey, type AppId, type IdentityKey } from '../domain/ids.ts'
import { noticeSourceOf, noticeSources, type NoticeAct, type NoticeSource } from '../domain/notice.ts'
import type { OwnRecord } from '../domain/own-record.ts'
import { followsNow, type Contact } from '../domain/person.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { Notices } from '../ports/notices.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import type { Timeline } from '../ports/timeline.ts'
import type { EraseCustomer } from './erase-customer.ts'
import type { FindSubject } from './find-subject.ts'
import type { KnowRecording } from './recording.ts'

export interface ViewOwnRecordDeps {
  findSubject: FindSubject
  recording: Pick<KnowRecording, 'of'>
  eraseCustomer: Pick<EraseCustomer, 'requestsOf'>
  contacts: Contacts
  timeline: Timeline
  notices: Notices
  staffDirectory: StaffDirectory
  /** Which source an app's openids speak of. */
  sourceOfApp: ReadonlyMap<AppId, NoticeSource>
}

export type ViewOwnRecord = ReturnType<typeof createViewOwnRecord>

const eventsAPage = 60

/** What we noted of one human, for that human; who was never noted is not made known by looking (C4). */
export function createViewOwnRecord(deps: ViewOwnRecordDeps) {
  const { findSubject, recording, eraseCustomer, contacts, timeline, notices, staffDirectory, sourceOfApp } = deps

  async function followersOf(found: readonly Contact[]): Promise<OwnRecord['followers']> {
    const present = found.flatMap((contact) => contact.follows.filter(({ staffId }) => followsNow(contact, staffId)))
    const named = present.map(async ({ staffId, since }) => ({ name: (await staffDirectory.get(staffId))?.name ?? null, since }))
    return (await Promise.all(named)).toSorted((a, b) => a.since.getTime() - b.since.getTime())
  }

  function sourcesOf(keys: readonly IdentityKey[], acts: readonly NoticeAct[], events: readonly CustomerEvent[]): NoticeSource[] {
    const known = new Set<NoticeSource>([...acts.map(({ source }) => source), ...events.map(({ source }) => noticeSourceOf(source))])
    for (const key of keys) {
      const identity = parseIdentityKey(key)
      const source = identity.kind === 'openid' ? sourceOfApp.get(identity.appId) : null
      if (source) known.add(source)
      if (identity.kind === 'external') known.add('wecom')
    }
    return noticeSources.filter((source) => known.has(source))
  }

  return async function viewOwnRecord(key: IdentityKey, before: Date | null): Promise<OwnRecord> {
    const [state, requests, subject] = await Promise.all([recording.of(key), eraseCustomer.requestsOf(key), findSubject(key, 'person')])
    const { keys, externalUserIds } = subject
    const [found, acts, events] = await Promise.all([
      contacts.many(externalUserIds),
      notices.of(keys),
      timeline.of(keys, { limit: eventsAPage, ...(before ? { before } : {}) }),
    ])
    const last = events.at(-1)
    return {
      recording: state,
      erasing: requests.some(({ reason, state: step }) => reason === 'request' && (step === 'scheduled' || step === 'running')),
      followers: await followersOf([...found.values()]),
      sources: sourcesOf(subject.personIds.length > 0 ? keys : [], acts, events),
      notices: acts,
      events,
      older: last && events.length >= eventsAPage ? last.at : null,
    }
  }
}
