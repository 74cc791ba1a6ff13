import { randomUUID } from 'node:crypto'
import type { Config } from '../config/load.ts'
import type { Stores } from './adapters/mongo/connect.ts'
import type { Tencent } from './adapters/tencent/open.ts'
import { fingerprints } from './edge/fingerprint.ts'
import type { Clock } from './ports/clock.ts'
import type { Log } from './ports/log.ts'
import { createAwaitConsent } from './usecases/await-consent.ts'
import { createCompleteOrders } from './usecases/complete-orders.ts'
import { createEraseCustomer } from './usecases/erase-customer.ts'
import { createEraseRestored } from './usecases/erase-restored.ts'
import { createFindSilent } from './usecases/find-silent.ts'
import { createFindSubject } from './usecases/find-subject.ts'
import { createKeepOut } from './usecases/keep-out.ts'
import { createLockLateMoney } from './usecases/lock-late-money.ts'
import { createNotePaid } from './usecases/note-paid.ts'
import { createNoteUnfollows } from './usecases/note-unfollows.ts'
import { createPauseCustomer } from './usecases/pause-customer.ts'
import { createRecording } from './usecases/recording.ts'
import { createRetractAlerts } from './usecases/retract-alerts.ts'
import { createSpreadSilence } from './usecases/spread-silence.ts'
import { withholdErased, withholdFollowers, withholdNotices, withholdSilent } from './usecases/withhold-erased.ts'

export interface ComposePrivacyDeps {
  config: Config
  stores: Stores
  tencent: Tencent
  clock: Clock
  log: Log
  wake: () => void
}

const dayMs = 24 * 3600_000

/** Who paused or was erased (C4), and the doors through which everything else comes in, with such people left out. */
export function composePrivacy({ config, stores, tencent, clock, log, wake }: ComposePrivacyDeps) {
  const takeFingerprint = fingerprints(config.identitySecret)
  const base = { ...stores, takeFingerprint, clock, log, wake, newId: randomUUID }
  const recording = createRecording(base)
  const eraseCustomer = createEraseCustomer(base)
  const spreadSilence = createSpreadSilence({ ...base, recording, erase: eraseCustomer.erase })
  const { officialAccount, miniProgram, shop, pay } = config
  const appIds = [...new Set([officialAccount, miniProgram, shop, pay].flatMap((app) => (app ? [app.appId] : [])))]
  // Of who was erased no answer is kept, and nobody is credited.
  const completeOrders = createCompleteOrders({ shop: tencent.shop, creditMembers: async () => [], answerTo: (_delivery, _question, ask) => ask(), log })
  const lockLateMoney = createLockLateMoney({ ...base, completeOrders })
  return {
    takeFingerprint,
    recording,
    eraseCustomer,
    spreadSilence,
    findSilent: createFindSilent({ recording, appIds }),
    keepOut: createKeepOut({
      ...base,
      recording,
      spreadSilence,
      awaitConsent: createAwaitConsent({ ...base, book: config.notices }),
      lockLateMoney,
      notePaid: createNotePaid(base),
    }),
    noteUnfollows: createNoteUnfollows({ ...base, eraseCustomer, graceMs: config.unfollowEraseDays * dayMs }),
    stores: {
      ...stores,
      observations: withholdSilent(stores.observations, recording, appIds),
      notices: withholdNotices(stores.notices, recording),
      followers: withholdFollowers(stores.followers, recording, officialAccount?.appId ?? null),
    } satisfies Stores,
    tencent: { ...tencent, directory: withholdErased(tencent.directory, { recording, spreadSilence }) } satisfies Tencent,
  }
}

/** What an operator's command needs, beside a running server that does the work. */
export function composePrivacyCommands({ config, stores, clock, log }: Pick<ComposePrivacyDeps, 'config' | 'stores' | 'clock'> & { log: Log }) {
  const base = { ...stores, takeFingerprint: fingerprints(config.identitySecret), clock, log, wake: () => {}, newId: randomUUID }
  const findSubject = createFindSubject(base)
  const pauseCustomer = createPauseCustomer({ ...base, findSubject, retractAlerts: createRetractAlerts(base) })
  const eraseCustomer = createEraseCustomer(base)
  const eraseRestored = createEraseRestored({ ...base, recording: createRecording(base), eraseCustomer })
  return { findSubject, pauseCustomer, eraseCustomer, eraseRestored }
}
