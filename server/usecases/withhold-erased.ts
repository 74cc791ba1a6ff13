import { identityKey, type AppId, type IdentityKey } from '../domain/ids.ts'
import { recordingOf, type Mark } from '../domain/recording.ts'
import type { ContactAnswer, ContactDirectory, Observations } from '../ports/contacts.ts'
import type { Follower, Followers } from '../ports/followers.ts'
import type { Notices } from '../ports/notices.ts'
import { candidatesFor } from './find-silent.ts'
import type { KnowRecording } from './recording.ts'
import type { SpreadSilence } from './spread-silence.ts'

/** WeCom's answers without those who were erased: no reading of ours, and no colleague's contact list, brings them back (C4). */
export function withholdErased(directory: ContactDirectory, deps: { recording: KnowRecording; spreadSilence: SpreadSilence }): ContactDirectory {
  const { recording, spreadSilence } = deps

  /** The answers about people whom we may know. A unionid that is silent silences its contact. */
  async function withoutErased(answers: readonly ContactAnswer[]): Promise<readonly ContactAnswer[]> {
    const known = await recording.marksOf(answers.flatMap(keysOf))
    if (known.size === 0) return answers
    const kept: ContactAnswer[] = []
    for (const answer of answers) {
      const keys = keysOf(answer)
      const states = keys.map((key) => recordingOf(known.get(key)))
      const [own, other] = keys
      if (own && other && states[0] !== states[1] && states.some((state) => state !== 'on')) await spreadSilence(own, other)
      if (!states.includes('erased')) kept.push(answer)
    }
    return kept
  }

  return {
    ...directory,
    async read(id) {
      if ((await recording.ofContact(id)) === 'erased') return null
      const answer = await directory.read(id)
      return answer && ((await withoutErased([answer]))[0] ?? null)
    },
    async page(...question) {
      const page = await directory.page(...question)
      return { ...page, contacts: await withoutErased(page.contacts) }
    },
  }
}

function keysOf({ externalUserId, unionId }: ContactAnswer): IdentityKey[] {
  const own = identityKey({ kind: 'external', externalUserId })
  return unionId ? [own, identityKey({ kind: 'unionid', unionId })] : [own]
}

/** The account's followers, without those of whom nothing may be kept: its list does not bring them back. */
export function withholdFollowers(followers: Followers, recording: KnowRecording, appId: AppId | null): Followers {
  const keyOf = ({ openId }: Follower, account: AppId) => identityKey({ kind: 'openid', appId: account, openId })
  return {
    ...followers,
    async put(list) {
      if (appId === null) return followers.put(list)
      const silent = await recording.pausedAmong(list.map((one) => keyOf(one, appId)))
      const kept = silent.size === 0 ? list : list.filter((one) => !silent.has(keyOf(one, appId)))
      if (kept.length > 0) await followers.put(kept)
    },
  }
}

/** Notices shown: whoever paused is shown them too, but not even that is stored. */
export function withholdNotices(notices: Notices, recording: KnowRecording): Notices {
  return {
    ...notices,
    async note(acts) {
      const silent = await recording.pausedAmong(acts.map(({ identity }) => identity))
      await notices.note(silent.size === 0 ? acts : acts.filter(({ identity }) => !silent.has(identity)))
    },
  }
}

/** Observations, without those that name somebody of whom nothing may be kept. `appIds`: of all our apps. */
export function withholdSilent(observations: Observations, recording: KnowRecording, appIds: readonly string[]): Observations {
  return {
    ...observations,
    async record(list) {
      const named = list.map(({ content }) => identitiesNamed(content, appIds))
      const known = await recording.marksOf(named.flat())
      if (known.size === 0) return observations.record(list)
      return observations.record(list.filter(({ kind }, index) => mayRecord(kind, named[index] ?? [], known)))
    },
  }
}

/** What WeCom says about a paused contact is kept up to date; about the erased nothing is. */
function mayRecord(kind: string, named: readonly IdentityKey[], known: ReadonlyMap<IdentityKey, Mark>): boolean {
  const states = named.map((key) => recordingOf(known.get(key)))
  return kind.startsWith('contact') ? !states.includes('erased') : states.every((state) => state === 'on')
}

/** Every identity that some text in this content may stand for: ids do not say of what kind they are. */
function identitiesNamed(content: unknown, appIds: readonly string[]): IdentityKey[] {
  if (typeof content === 'string') return [content as IdentityKey, ...candidatesFor(content, appIds)]
  if (typeof content !== 'object' || content === null || content instanceof Date) return []
  return Object.values(content).flatMap((value) => identitiesNamed(value, appIds))
}
