import { randomUUID } from 'node:crypto'
import { listedFollowDelivery } from '../webhooks/official-account/listed.ts'
import type { Stores } from './adapters/mongo/connect.ts'
import type { Tencent } from './adapters/tencent/open.ts'
import type { AppId } from './domain/ids.ts'
import type { Clock } from './ports/clock.ts'
import type { Inbox } from './ports/inbox.ts'
import type { Log } from './ports/log.ts'
import { createKeepPace, paced } from './usecases/keep-pace.ts'
import { createLearnNames } from './usecases/learn-names.ts'
import type { LinkIdentities } from './usecases/link-identities.ts'
import { createSyncContacts } from './usecases/sync-contacts.ts'
import { createSyncFollowers } from './usecases/sync-followers.ts'
import { createSyncMembers } from './usecases/sync-members.ts'
import { createSyncTags } from './usecases/sync-tags.ts'
import { createSynchronise, type SyncSummary, type SyncWatch } from './usecases/synchronise.ts'
import type { TellEvents } from './usecases/tell-events.ts'
import { createUpdateContact } from './usecases/update-contact.ts'

export interface ComposeSyncDeps {
  stores: Stores
  tencent: Tencent
  /** The Official Account; null: none is configured. */
  appId: AppId | null
  inbox: Inbox
  linkIdentities: LinkIdentities
  tellEvents: TellEvents
  /** Machine time, ms; replaced in tests. */
  wait?: (ms: number) => Promise<void>
  clock: Clock
  log: Log
}

/** Who watches a synchronisation, its waits included. */
export interface SyncWatchers extends SyncWatch {
  /** Nothing moves for so long: a limit of Tencent, or (errcode null) no answer. */
  waits(ms: number, errcode: number | null): void
}

/** The synchronisation, whose every question keeps Tencent's pace. */
export function composeSync(deps: ComposeSyncDeps) {
  const { stores, tencent, appId, inbox, linkIdentities, tellEvents, clock, log } = deps
  const waits = stoppableWaits(deps.wait)
  let watching: Partial<SyncWatchers> = {}
  /** One for each kind of question: a limit of one is no limit of the others. */
  const newPace = () => createKeepPace({ wait: waits.wait, log, onWait: (ms, errcode) => watching.waits?.(ms, errcode) })
  const base = { ...stores, ...tencent, inbox, clock, log }
  const directory = paced(tencent.directory, newPace())
  const { nameOf } = tencent.signIn
  const learnNames = createLearnNames({ ...base, signIn: paced({ nameOf }, newPace()) })
  const syncContacts = createSyncContacts({
    ...base,
    directory,
    updateContact: createUpdateContact({ ...base, directory }),
    learnNames: { ofNameless: async () => {} }, // members tell their names at less cost
    onChanges: (changes) => tellEvents.tellContacts(changes),
  })
  const { followerList } = tencent
  const synchronise = createSynchronise({
    ...base,
    newId: randomUUID,
    stages: {
      contacts: syncContacts,
      members: createSyncMembers({ ...base, learnNames, companyDirectory: paced(tencent.companyDirectory, newPace()) }),
      tags: createSyncTags({ ...base, corpTagDirectory: paced(tencent.corpTagDirectory, newPace()) }),
      followers: createSyncFollowers({
        ...base,
        account: appId && followerList && { appId, list: paced(followerList, newPace()) },
        toDelivery: listedFollowDelivery,
        onLearnt: async (identity, info) => tellEvents.tellJoins(await linkIdentities.learnt(identity, info)),
      }),
    },
  })

  async function run(watch?: SyncWatchers): Promise<SyncSummary> {
    watching = watch ?? {}
    return synchronise(watch ?? null)
  }

  return {
    /** Goes on with what an earlier run left, or begins anew; never rejects for what Tencent does. */
    synchronise: run,
    /** For jobs, which try again what did not come to its end. @throws TencentRefused, TencentUnreachable */
    async synchroniseOrThrow(): Promise<void> {
      const { failure } = await run()
      if (failure) throw failure
    },
    /** Ends every wait: whoever waits is rejected, and so is who would. */
    stopWaiting: waits.stop,
  }
}

function stoppableWaits(given?: (ms: number) => Promise<void>): { wait: (ms: number) => Promise<void>; stop(): void } {
  const pending = new Set<() => void>()
  let stopped = false
  const sleep = (ms: number) =>
    new Promise<void>((resolve, reject) => {
      const end = (how: () => void) => {
        clearTimeout(timer)
        pending.delete(stop)
        how()
      }
      const stop = () => end(() => reject(new Error('stopped while waiting')))
      const timer = setTimeout(() => end(resolve), ms)
      pending.add(stop)
    })
  return {
    async wait(ms) {
      if (stopped) throw new Error('stopped while waiting')
      await (given ?? sleep)(ms)
    },
    stop() {
      stopped = true
      for (const end of pending) end()
    },
  }
}
