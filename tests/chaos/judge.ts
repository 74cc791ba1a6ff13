import type { Collection } from 'mongoose'
import type mongoose from 'mongoose'
import type { AlertState } from '../../server/domain/alert.ts'
import type { World } from '../fake-tencent/world.ts'
import { contentKey, type Ledger } from './ledger.ts'

/** What must be nothing, and examples of what is not. */
export interface Verdict {
  /** Acked, and not in the inbox. */
  lost: number
  /** One content in the inbox more than once, or one deed on the timeline more than once. */
  processedTwice: number
  /** Acked and stored, and not on the timeline. */
  missing: number
  /** On the timeline, though the platform never sent it. */
  invented: number
  /** Left unread, unhandled or stuck. */
  left: number
  /** One cause told by two alerts, or one alert on a phone in two messages. */
  alertsDoubled: number
  /** What somebody must hear of, and nobody was told. */
  untold: number
  /** Alerts that are neither told nor known to be held or over, or that say they were sent when no phone rang. */
  withoutFate: number
  examples: readonly string[]
}

export interface Judged {
  verdict: Verdict
  events: number
  alerts: Readonly<Record<string, number>>
  rings: number
}

interface AlertRow {
  _id: string
  rule: string
  state: AlertState
  eventKeys: readonly string[]
  messageId: string | null
  history: readonly { state: AlertState }[]
}

const ended: readonly AlertState[] = ['sent', 'sent-unconfirmed', 'refused', 'opened', 'acted', 'not-useful', 'retracted', 'superseded', 'expired']
/** Of a deed in what an event keeps: its marker, or the number of its order (whose items have markers of their own). */
const tokens = { shop: /37\d{17}/g, other: /mk-\d+-km/g }

/** Compares what the platforms know with what the product made of it, reading its collections directly. */
export async function judge(connection: mongoose.Connection, ledger: Ledger, world: World): Promise<Judged> {
  const examples: string[] = []
  const found = (what: string, list: readonly string[]) => {
    if (list.length > 0) examples.push(...list.slice(0, 5).map((one) => `${what}: ${one}`))
    return list.length
  }
  const inbox = await readInbox(connection.collection('inbox'))
  const timeline = await readTimeline(connection.collection('timeline'))
  const alerts = (await connection.collection('alerts').find({}).toArray()) as unknown as AlertRow[]
  const messages = await connection.collection('messages').find({}, { projection: { alertKeys: 1 } }).toArray()
  const briefed = await connection.collection('briefings').find({}, { projection: { eventKeys: 1 } }).toArray()

  const wanted = ledger.expected.filter(({ event }) => event !== null)
  const deeds = new Map(wanted.map((one) => [`${one.event} ${one.token}`, one]))
  const toldBy = causes(alerts, briefed.map(({ eventKeys }) => eventKeys as string[]))
  const ringing = wanted.filter(({ acked, rings }) => acked && rings).map(({ event, token }) => timeline.keys.get(`${event} ${token}`)?.[0] ?? null)
  const shown = world.messages.filter(({ shownTo }) => shownTo.length > 0).map(({ body }) => body.template_card?.task_id ?? '')
  const ringsOf = countOf(messages.filter(({ _id }) => shown.includes(String(_id))).flatMap(({ alertKeys }) => alertKeys as string[]))
  const rang = new Set(shown)

  const verdict = {
    lost: found('lost', [...ledger.acked].filter((content) => !inbox.contents.has(content))),
    processedTwice:
      found('stored twice', twice(inbox.contents)) +
      found('told twice', [...timeline.keys].filter(([, keys]) => keys.length > 1).map(([deed]) => deed)) +
      found('rang twice', twice(countOf(shown))),
    missing: found('missing', wanted.filter(({ acked, event, token }) => acked && !timeline.keys.has(`${event} ${token}`)).map(({ token }) => token)),
    invented: found('invented', [...timeline.keys.keys()].filter((deed) => !deeds.has(deed))),
    left: found('left', inbox.left),
    alertsDoubled:
      found('cause told twice', [...toldBy].filter(([, count]) => count > 1).map(([key]) => key)) + found('alert rang twice', twice(ringsOf)),
    untold: found('untold', ringing.filter((key) => key === null || !toldBy.has(key)).map(String)),
    withoutFate: found('without fate', alerts.filter((alert) => !hasFate(alert, rang)).map(({ _id, state }) => `${state} ${_id}`)),
    examples,
  }
  return { verdict, events: timeline.count, alerts: Object.fromEntries(countOf(alerts.map(({ state }) => state))), rings: shown.length }
}

/** The last line of its history is the state it is in, and a message that is said to be sent has rung. */
function hasFate({ state, history, messageId }: AlertRow, rang: ReadonlySet<string>): boolean {
  if (history.at(-1)?.state !== state) return false
  if (state === 'sent') return messageId !== null && rang.has(messageId)
  return ended.includes(state)
}

/** How often each event was told: by an alert of its own, or in a briefing. */
function causes(alerts: readonly AlertRow[], briefings: readonly (readonly string[])[]): Map<string, number> {
  const own = alerts.filter(({ rule }) => rule !== 'briefing').flatMap(({ eventKeys }) => eventKeys)
  return countOf([...own, ...briefings.flat()])
}

async function readInbox(inbox: Collection): Promise<{ contents: Map<string, number>; left: string[] }> {
  const contents = new Map<string, number>()
  const left: string[] = []
  for await (const { channel, bytes, state, reason } of inbox.find({}, { projection: { channel: 1, bytes: 1, state: 1, reason: 1 } })) {
    const key = contentKey(String(channel), Buffer.from((bytes as { buffer: Uint8Array }).buffer).toString('utf8'))
    contents.set(key, (contents.get(key) ?? 0) + 1)
    if (state !== 'handled' && state !== 'unrecognised') left.push(`${String(state)} ${String(channel)} ${String(reason)}`)
  }
  return { contents, left }
}

async function readTimeline(timeline: Collection): Promise<{ keys: Map<string, string[]>; count: number }> {
  const keys = new Map<string, string[]>()
  let count = 0
  for await (const { _id, kind, body } of timeline.find({}, { projection: { kind: 1, body: 1 } })) {
    count += 1
    const token = String(kind).startsWith('order-') ? tokens.shop : tokens.other
    for (const found of new Set(JSON.stringify(body).match(token) ?? [])) {
      const deed = `${String(kind)} ${found}`
      keys.set(deed, [...(keys.get(deed) ?? []), String(_id)])
    }
  }
  return { keys, count }
}

function countOf(list: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const one of list) counts.set(one, (counts.get(one) ?? 0) + 1)
  return counts
}

function twice(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].filter(([, count]) => count > 1).map(([one, count]) => `${count} × ${one}`)
}
