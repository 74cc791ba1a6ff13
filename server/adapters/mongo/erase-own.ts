import type { Connection, mongo } from 'mongoose'
import type { ErasureScope, ErasureSubject } from '../../ports/privacy.ts'
import { erasePeople } from './erase-people.ts'
import { forgetSharers } from './share-names-gone.ts'

type Counts = Record<string, number>
type Filter = mongo.Filter<mongo.Document>

/** What a sent card says from now on. */
const erasedText = '记录已按规定删除'

/**
 * Erases what an index finds. First what was derived from somebody's events, then the events, then who they were: a
 * crash in between leaves enough to find the rest.
 */
export async function eraseOwn(connection: Connection, subject: ErasureSubject, scope: ErasureScope, now: Date): Promise<Counts> {
  const counts: Counts = {}
  const drop = async (collection: string, filter: Filter) => {
    const { deletedCount } = await connection.collection(collection).deleteMany(filter)
    if (deletedCount > 0) counts[collection] = (counts[collection] ?? 0) + deletedCount
  }
  const keys = [...subject.keys]
  const externalUserIds = [...subject.externalUserIds]
  if (scope === 'person') {
    await emptyMessages(connection, await keysOf(connection, 'alerts', { externalUserId: { $in: externalUserIds } }), now, counts)
    for (const collection of ['alerts', 'briefings', 'followups', 'notes', 'webhooks', 'payments']) {
      await drop(collection, { externalUserId: { $in: externalUserIds } })
    }
    await drop('memories', { _id: { $in: [...subject.personIds] as never[] } })
  } else {
    await eraseDerived(connection, subject, now, counts, drop)
  }
  await drop('signals', { identity: { $in: keys } })
  await drop('lookups', { _id: { $in: keys as never[] } })
  for (const [collection, count] of Object.entries(await forgetSharers(connection, subject.keys))) counts[collection] = count
  await drop('timeline', { identity: { $in: keys } })
  if (scope === 'events') return counts
  await drop('observations', { about: { $in: keys } })
  await drop('contacts', { _id: { $in: externalUserIds as never[] } })
  const people = await erasePeople(connection, subject.keys)
  return people > 0 ? { ...counts, people } : counts
}

/** Of somebody who stays: what their other identities' signals, alerts and briefings say of the events that go. */
async function eraseDerived(
  connection: Connection,
  subject: ErasureSubject,
  now: Date,
  counts: Counts,
  drop: (collection: string, filter: Filter) => Promise<void>,
): Promise<void> {
  const going = await connection.collection('timeline').find({ identity: { $in: [...subject.keys] } }, { projection: { _id: 1, at: 1 } }).toArray()
  const eventKeys = new Set(going.map(({ _id }) => String(_id)))
  const times = new Set(going.map(({ at }) => (at as Date).getTime()))
  if (eventKeys.size === 0) return
  const tells = (document: mongo.Document) => (document.eventKeys as string[]).some((key) => eventKeys.has(key)) || eventKeys.has(document.causeKey)
  const signals = await connection.collection('signals').find({ identity: { $in: [...subject.others] } }).toArray()
  await drop('signals', { _id: { $in: signals.filter(tells).map(({ _id }) => _id) } })
  const about = { externalUserId: { $in: [...subject.othersContacts] } }
  const alerts = await connection.collection('alerts').find(about).toArray()
  const gone = alerts.filter(tells).map(({ _id }) => String(_id))
  await emptyMessages(connection, gone, now, counts)
  await dropNews(connection, subject, gone, drop)
  await drop('alerts', { _id: { $in: gone as never[] } })
  for (const { _id, evidence } of alerts) {
    const left = (evidence as { at: Date }[]).filter(({ at }) => !times.has(at.getTime()))
    if (left.length < evidence.length) await connection.collection('alerts').updateOne({ _id }, { $set: { evidence: left } })
  }
  for (const { _id, eventKeys: told } of await connection.collection('briefings').find(about).toArray()) {
    const left = (told as string[]).filter((key) => !eventKeys.has(key))
    if (left.length < told.length) await connection.collection('briefings').updateOne({ _id }, { $set: { eventKeys: left } })
  }
}

/** News for other systems about alerts that go. */
async function dropNews(
  connection: Connection,
  subject: ErasureSubject,
  alertKeys: readonly string[],
  drop: (collection: string, filter: Filter) => Promise<void>,
): Promise<void> {
  if (alertKeys.length === 0) return
  const filter = { externalUserId: { $in: [...subject.othersContacts] } }
  const news = await connection.collection('webhooks').find(filter, { projection: { json: 1 } }).toArray()
  const told = news.filter(({ json }) => alertKeys.some((key) => String(json).includes(JSON.stringify(key).slice(1, -1))))
  await drop('webhooks', { _id: { $in: told.map(({ _id }) => _id) } })
}

async function keysOf(connection: Connection, collection: string, filter: Filter): Promise<readonly string[]> {
  const found = await connection.collection(collection).find(filter, { projection: { _id: 1 } }).toArray()
  return found.map(({ _id }) => String(_id))
}

/** The messages that told these alerts: what was frozen in them goes. */
async function emptyMessages(connection: Connection, alertKeys: readonly string[], now: Date, counts: Counts): Promise<void> {
  const alerts = connection.collection('alerts')
  const told = await alerts.find({ _id: { $in: alertKeys as never[] } }, { projection: { messageId: 1 } }).toArray()
  const ids = [...new Set(told.flatMap(({ messageId }) => (messageId ? [messageId as string] : [])))]
  if (ids.length === 0) return
  const messages = await connection.collection('messages').find({ _id: { $in: ids as never[] } }).toArray()
  for (const message of messages) await emptyMessage(connection, message, new Set(alertKeys), now)
  counts.messages = (counts.messages ?? 0) + messages.length
}

/**
 * A message keeps what its card needs to be changed or recalled, and nothing of what it said. One that waits rings no more;
 * what else it was to tell is decided anew, unless it may have rung already. A first attempt made meanwhile is seen by the
 * condition, and the message looked at again.
 */
export async function emptyMessage(connection: Connection, message: mongo.Document, alertKeys: ReadonlySet<string>, now: Date): Promise<void> {
  const messages = connection.collection('messages')
  for (let known: mongo.Document | null = message; known; known = await messages.findOne({ _id: message._id })) {
    const { _id, state, attempts } = known
    const { matchedCount } = await messages.updateOne({ _id, state, attempts }, { $set: emptied(known, alertKeys, now) })
    if (matchedCount > 0) return tellOthersAnew(connection, known, othersIn(known, alertKeys), now)
  }
}

const othersIn = ({ alertKeys }: mongo.Document, gone: ReadonlySet<string>) => (alertKeys as string[]).filter((key) => !gone.has(key))

/** As before every sending (hold-messages.ts): an attempt was made, and WeCom did not say no to each. */
const mayHaveRung = ({ attempts, note }: mongo.Document) => (attempts as number) > 0 && !String(note).startsWith('errcode')

function emptied(message: mongo.Document, gone: ReadonlySet<string>, now: Date): mongo.Document {
  const isUnsent = message.state === 'waiting'
  const wasSent = message.state === 'sent' && message.json !== ''
  const keepsOthers = !isUnsent || mayHaveRung(message)
  return {
    json: '',
    alertKeys: keepsOthers ? othersIn(message, gone) : [],
    externalUserIds: [],
    ...(isUnsent ? { state: keepsOthers ? 'sent-unconfirmed' : 'refused', note: 'erased' } : {}),
    ...(wasSent ? { update: { text: erasedText, dueAt: now } } : {}),
  }
}

async function tellOthersAnew(connection: Connection, message: mongo.Document, others: readonly string[], now: Date): Promise<void> {
  if (message.state !== 'waiting' || others.length === 0) return
  const anew = mayHaveRung(message) ? { state: 'sent-unconfirmed' } : { state: 'queued', messageId: null }
  const filter = { _id: { $in: others as never[] }, state: 'merged', messageId: message._id }
  await connection.collection('alerts').updateMany(filter, { $set: { ...anew, changedAt: now } })
}
