import mongoose, { type Connection, type ConnectOptions, type mongo } from 'mongoose'
import { StoreUnavailable } from '../../domain/errors.ts'
import type { Briefings } from '../../ports/briefings.ts'
import type { Contacts, Observations } from '../../ports/contacts.ts'
import type { ContactCodes } from '../../ports/contact-codes.ts'
import type { ContentLibrary, Shares } from '../../ports/content.ts'
import type { CorpTags } from '../../ports/corp-tags.ts'
import type { Lookups } from '../../ports/identities.ts'
import type { LinkRates } from '../../ports/link-rates.ts'
import type { FollowUps } from '../../ports/follow-ups.ts'
import type { Forwards } from '../../ports/forwards.ts'
import type { History } from '../../ports/history.ts'
import type { Followers } from '../../ports/followers.ts'
import type { HighWater } from '../../ports/high-water.ts'
import type { Inbox } from '../../ports/inbox.ts'
import type { Leases } from '../../ports/leases.ts'
import type { Live } from '../../ports/live.ts'
import type { Log } from '../../ports/log.ts'
import type { Members } from '../../ports/members.ts'
import type { Memories } from '../../ports/memory.ts'
import type { Alerts, Messages } from '../../ports/outbox.ts'
import type { Notes } from '../../ports/notes.ts'
import type { Notices } from '../../ports/notices.ts'
import type { Payments } from '../../ports/payments.ts'
import type { Pictures } from '../../ports/pictures.ts'
import type { WebhookQueue } from '../../ports/outgoing.ts'
import type { People } from '../../ports/people.ts'
import type { Eraser, Erasures, Locked, Marks } from '../../ports/privacy.ts'
import type { Retention } from '../../ports/retention.ts'
import type { StoreProbe } from '../../ports/probes.ts'
import type { ShareChains } from '../../ports/share-chains.ts'
import type { Sightings } from '../../ports/sightings.ts'
import type { Signals } from '../../ports/signals.ts'
import type { StaffDirectory } from '../../ports/staff.ts'
import type { SyncProgress } from '../../ports/sync-progress.ts'
import type { Timeline } from '../../ports/timeline.ts'
import type { TokenStore } from '../../ports/tokens.ts'
import { mongoAlerts } from './alerts.ts'
import { mongoBriefings } from './briefings.ts'
import { endBrokenWrites } from './broken-writes.ts'
import { mongoContactCodes } from './contact-codes.ts'
import { mongoContacts } from './contacts.ts'
import { mongoContentLibrary } from './content-library.ts'
import { mongoCorpTags } from './corp-tags.ts'
import { withDeadline } from './deadline.ts'
import { mongoErasures } from './erasures.ts'
import { mongoEraser } from './erasing.ts'
import { mongoFollowUps } from './follow-ups.ts'
import { mongoForwards } from './forwards.ts'
import { mongoHistory } from './history.ts'
import { mongoFollowers } from './followers.ts'
import { mongoHighWater } from './high-water.ts'
import { mongoInbox } from './inbox.ts'
import { ensureIndexes } from './indexes.ts'
import { mongoLeases } from './leases.ts'
import { mongoLinkRates } from './link-rates.ts'
import { mongoLive } from './live.ts'
import { mongoLocked } from './locked.ts'
import { mongoLookups } from './lookups.ts'
import { mongoMembers } from './members.ts'
import { mongoMarks } from './marks.ts'
import { mongoMemories } from './memories.ts'
import { mongoMessages } from './messages.ts'
import { mongoNotes } from './notes.ts'
import { mongoNotices } from './notices.ts'
import { mongoObservations } from './observations.ts'
import { mongoPayments } from './payments.ts'
import { mongoPeople } from './people.ts'
import { mongoPictures } from './pictures.ts'
import { createReopener } from './reopen.ts'
import { mongoRetention } from './retention.ts'
import { refuseUnfinished } from './restore-mark.ts'
import { mongoShareChains } from './share-chains.ts'
import { mongoShares } from './shares.ts'
import { mongoSightings } from './sightings.ts'
import { mongoSignals } from './signals.ts'
import { mongoStaffDirectory } from './staff-directory.ts'
import { toStoreError } from './store-errors.ts'
import { mongoStoreProbe } from './store-probe.ts'
import { mongoSyncProgress } from './sync-progress.ts'
import { mongoTimeline } from './timeline.ts'
import { mongoTokens } from './tokens.ts'
import { createUnderWay } from './under-way.ts'
import { mongoWebhookQueue } from './webhook-queue.ts'

/** Every store of the product behind its port, over one connection. */
export interface Stores {
  inbox: Inbox
  people: People
  contacts: Contacts
  observations: Observations
  timeline: Timeline
  memories: Memories
  signals: Signals
  alerts: Alerts
  messages: Messages
  live: Live
  leases: Leases
  lookups: Lookups
  staffDirectory: StaffDirectory
  contentLibrary: ContentLibrary
  pictures: Pictures
  contactCodes: ContactCodes
  shares: Shares
  shareChains: ShareChains
  linkRates: LinkRates
  briefings: Briefings
  followUps: FollowUps
  notes: Notes
  tokens: TokenStore
  webhookQueue: WebhookQueue
  forwards: Forwards
  highWater: HighWater
  payments: Payments
  history: History
  marks: Marks
  erasures: Erasures
  locked: Locked
  eraser: Eraser
  notices: Notices
  retention: Retention
  members: Members
  corpTags: CorpTags
  followers: Followers
  syncProgress: SyncProgress
  sightings: Sightings
  storeProbe: StoreProbe
  /** Resolves when the store answers. @throws StoreUnavailable */
  ping(): Promise<void>
  /** Ends polling and the connection; nothing can be asked afterwards. */
  close(): Promise<void>
}

export interface StoresDeps {
  /** `mongodb://…`; a unix socket is spelled `mongodb://%2Fpath%2Fto%2Fsocket/`. */
  uri: string
  log: Log
  /** Hears every command as it is sent; for the test that holds every query to an index. */
  onCommand?: (command: mongo.CommandStartedEvent) => void
  /** Opens it although a restore has not ended; for the end of the restore itself. */
  evenUnfinished?: boolean
}

/** A lost engine is restarted within 3 s (model.md), so requests wait that long for a server and no longer. */
const waitMs = 3000
/** Shorter, so that one attempt to connect that hangs leaves time for the next. */
const connectMs = 2000
/** A heartbeat on a new connection may use up the time for connecting and for the answer. */
const slowestHeartbeatMs = 2 * connectMs

const options: ConnectOptions = {
  autoIndex: false,
  autoCreate: false,
  bufferCommands: false,
  serverSelectionTimeoutMS: waitMs,
  connectTimeoutMS: connectMs,
  waitQueueTimeoutMS: waitMs,
  socketTimeoutMS: 20_000,
  maxPoolSize: 20,
  retryWrites: true,
  retryReads: true,
  writeConcern: { w: 'majority', journal: true },
}

/**
 * Connects, makes every index that is missing, and gives all stores.
 * @throws StoreUnavailable when no server answers within 3 s, RestoreUnfinished
 */
export async function openStores({ uri, log, onCommand, evenUnfinished = false }: StoresDeps): Promise<Stores> {
  endBrokenWrites()
  const connection = mongoose.createConnection()
  const underWay = createUnderWay()
  const { live, ...stores } = underWay.watchAll(createStores(connection, log))
  const reopener = createReopener({ connection, open, heartbeatMs: slowestHeartbeatMs, log })

  async function open(): Promise<void> {
    await connection.openUri(uri, onCommand ? { ...options, monitorCommands: true } : options)
    reopener.watch()
    if (onCommand) connection.getClient().on('commandStarted', onCommand)
  }

  async function close(): Promise<void> {
    live.close()
    reopener.stop()
    connection.removeAllListeners('disconnected')
    await connection.close()
  }

  try {
    await open()
    if (!evenUnfinished && connection.db) await refuseUnfinished(connection.db)
    await ensureIndexes(connection)
  } catch (error) {
    await close().catch((cause: unknown) => log.warn({ code: nameOf(cause) }, 'store not closed'))
    throw toStoreError(error)
  }
  connection.on('disconnected', () => {
    log.warn({}, 'store lost')
    underWay.lost()
  })
  connection.on('reconnected', () => log.info({}, 'store found again'))
  return { ...stores, live, ping: () => ping(connection), close }
}

function createStores(connection: Connection, log: Log) {
  const stores = storesOf(connection, log)
  return { ...stores, eraser: mongoEraser({ ...stores, connection }) }
}

function storesOf(connection: Connection, log: Log) {
  return {
    inbox: mongoInbox({ connection }),
    people: mongoPeople({ connection }),
    contacts: mongoContacts({ connection }),
    observations: mongoObservations({ connection }),
    timeline: mongoTimeline({ connection }),
    memories: mongoMemories({ connection }),
    signals: mongoSignals({ connection }),
    alerts: mongoAlerts({ connection }),
    messages: mongoMessages({ connection }),
    live: mongoLive({ connection, log }),
    leases: mongoLeases({ connection }),
    lookups: mongoLookups({ connection }),
    staffDirectory: mongoStaffDirectory({ connection }),
    contentLibrary: mongoContentLibrary({ connection }),
    pictures: mongoPictures({ connection }),
    contactCodes: mongoContactCodes({ connection }),
    shares: mongoShares({ connection }),
    shareChains: mongoShareChains({ connection }),
    linkRates: mongoLinkRates({ connection }),
    briefings: mongoBriefings({ connection }),
    followUps: mongoFollowUps({ connection }),
    notes: mongoNotes({ connection }),
    tokens: mongoTokens({ connection }),
    webhookQueue: mongoWebhookQueue({ connection }),
    forwards: mongoForwards({ connection }),
    highWater: mongoHighWater({ connection }),
    payments: mongoPayments({ connection }),
    history: mongoHistory({ connection }),
    marks: mongoMarks({ connection }),
    erasures: mongoErasures({ connection }),
    locked: mongoLocked({ connection }),
    notices: mongoNotices({ connection }),
    retention: mongoRetention({ connection }),
    members: mongoMembers({ connection }),
    corpTags: mongoCorpTags({ connection }),
    followers: mongoFollowers({ connection }),
    syncProgress: mongoSyncProgress({ connection }),
    sightings: mongoSightings({ connection }),
    storeProbe: mongoStoreProbe({ connection }),
  }
}

async function ping(connection: Connection): Promise<void> {
  const { db } = connection
  if (!db) throw new StoreUnavailable()
  try {
    await withDeadline(db.command({ ping: 1 }))
  } catch (error) {
    throw toStoreError(error)
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown'
}
