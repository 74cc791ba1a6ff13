import type { CallbackFault } from '../../domain/diagnosis-faults-callbacks.ts'
import { found } from '../../domain/diagnosis-faults.ts'
import type { CheckName, Finding } from '../../domain/diagnosis.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Inbox } from '../../ports/inbox.ts'
import type { ClockProbe, StoreProbe } from '../../ports/probes.ts'
import type { Sighting, Sightings } from '../../ports/sightings.ts'
import type { Examiner } from '../diagnose.ts'

export interface OwnStores {
  storeProbe: StoreProbe
  inbox: Inbox
  sightings: Sightings
}

export interface ExamineOwnDeps {
  /** Opens them at the first call. */
  stores: () => Promise<OwnStores>
  clockAhead: ClockProbe
  /** Channels whose callbacks we expect. */
  channels: readonly string[]
  clock: Clock
}

const clockToleranceMs = 60_000
const oldestWaitingMs = 5 * 60_000
const mostWaiting = 2_000
/** What is longer ago may have been put right without a callback since. */
const recentMs = 7 * 86_400_000

/** What cannot be a stranger's forgery comes first: it is sealed or signed by keys that only the platform and we have. */
const telling: readonly CallbackFault[] = [
  'callback-other-receiver',
  'callback-aes-key-wrong',
  'callback-not-opened',
  'callback-not-encrypted',
  'callback-key-unknown',
  'callback-token-wrong',
]

/** Anybody can send these; after good ones they may be no more than that. */
const forgeable: ReadonlySet<CallbackFault> = new Set(['callback-key-unknown', 'callback-token-wrong'])

/** Our own store, clock and work, and what callbacks have told so far. */
export function examineOwn({ stores, clockAhead, channels, clock }: ExamineOwnDeps) {
  const ageOf = (at: Date) => clock.now().getTime() - at.getTime()

  function ofChannel(channel: string, sightings: readonly Sighting[]): readonly Finding[] {
    const sighting = sightings.find(({ source }) => source === channel)
    const { goodAt = null, faults = {} } = sighting ?? {}
    const standing = telling.find((fault) => {
      const at = faults[fault]
      return at !== undefined && ageOf(at) < recentMs && (goodAt === null || at > goodAt)
    })
    if (standing) return [found(standing, channel, forgeable.has(standing) && goodAt ? 'warning' : 'wrong')]
    return goodAt === null ? [found('callback-never-seen', channel)] : []
  }

  async function left({ inbox }: OwnStores): Promise<readonly Finding[]> {
    const { stuck, 'set-aside': setAside } = await inbox.left()
    return [
      ...(stuck > 0 ? [found('inbox-stuck', String(stuck))] : []),
      ...(setAside > 0 ? [found('inbox-set-aside', String(setAside))] : []),
    ]
  }

  async function depth({ inbox }: OwnStores): Promise<readonly Finding[]> {
    const { waiting, oldest } = await inbox.depth()
    const ageMs = oldest ? ageOf(oldest) : 0
    if (waiting <= mostWaiting && ageMs <= oldestWaitingMs) return []
    const minutes = Math.floor(ageMs / 60_000)
    return [found('inbox-deep', `${waiting} 条，最早 ${minutes} 分钟前 · ${waiting}, the oldest ${minutes} min`)]
  }

  return {
    async store() {
      const { storeProbe } = await stores()
      return (await storeProbe.replicaSet()) === null ? [found('store-not-replica-set')] : []
    },
    async clock() {
      const aheadMs = clockAhead() ?? 0
      return Math.abs(aheadMs) > clockToleranceMs ? [found('clock-off', String(Math.round(aheadMs / 1000)))] : []
    },
    async callbacks() {
      const sightings = await (await stores()).sightings.all()
      return channels.flatMap((channel) => ofChannel(channel, sightings))
    },
    async 'mini-program-users'() {
      const logins = (await (await stores()).sightings.all()).find(({ source }) => source === 'mini-program-login')
      const at = logins?.faults['mini-program-not-bound']
      return at && (!logins.goodAt || at > logins.goodAt) ? [found('mini-program-not-bound')] : []
    },
    worker: async () => ((await (await stores()).storeProbe.isHeld('worker')) ? [] : [found('worker-nobody')]),
    async inbox() {
      const open = await stores()
      return [...(await left(open)), ...(await depth(open))]
    },
  } satisfies Partial<Record<CheckName, Examiner>>
}
