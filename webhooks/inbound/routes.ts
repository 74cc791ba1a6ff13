import { Router, type RouterContext } from '@koa/router'
import { moneyKinds } from '../../server/domain/alert-life.ts'
import { MalformedEnvelope, StoreUnavailable } from '../../server/domain/errors.ts'
import type { CustomerEvent } from '../../server/domain/event.ts'
import type { RateLimits } from '../../server/edge/rate-limits.ts'
import { identityKey, type IdentityKey } from '../../server/domain/ids.ts'
import { verifyWebhook } from '../../server/edge/webhook-signature.ts'
import type { Clock } from '../../server/ports/clock.ts'
import type { Delivery, Inbox } from '../../server/ports/inbox.ts'
import type { Log } from '../../server/ports/log.ts'
import type { Timeline } from '../../server/ports/timeline.ts'
import type { Content } from '../fields.ts'
import { answerJsonErrors, refuse, refuseForNow } from '../json-answers.ts'
import { readBody } from '../raw-body.ts'
import { Unreadable } from '../unreadable.ts'
import { within } from '../within.ts'
import type { Mapped } from './map.ts'
import { inboundKeys } from './parse.ts'
import { readBytes } from './read-bytes.ts'
import { contentJson, sameContent } from './redact.ts'
import type { OpenSource } from './open-source.ts'
import type { InboundSources } from './sources.ts'

const isMoney: ReadonlySet<CustomerEvent['kind']> = new Set<CustomerEvent['kind']>(moneyKinds)

export interface InboundDeps {
  sources: InboundSources
  inbox: Inbox
  timeline: Pick<Timeline, 'known'>
  /** Whether anything of these may be kept (C4). */
  recording: Record<'pausedAmong' | 'erasedAmong', (keys: readonly IdentityKey[]) => Promise<ReadonlySet<IdentityKey>>>
  limits: RateLimits
  clock: Clock
  log: Log
}

/** Senders of signed webhooks wait 15 to 30 s; a 503 well before makes them send again. */
const storeMs = 3_000

/** A trusted message, as it may be stored. */
interface Message {
  source: OpenSource
  webhookId: string
  bytes: Uint8Array
  mapped: Mapped
  receivedAt: Date
}

/**
 * `POST /webhooks/inbound/:source` (A8): any other system reports, signed as Standard Webhooks describes. Stored before
 * it is answered; the answer counts what was taken and names each wrong field.
 */
export function inboundRoutes(deps: InboundDeps): Router {
  const { sources, inbox, timeline, limits, clock, log } = deps

  async function receive(ctx: RouterContext): Promise<void> {
    const source = sources.get(String(ctx.params.source))
    if (!source?.enabled) return refuse(ctx, 404, 'not-found', '这里没有这个来源的入口，或者它还没有启用。')
    const body = await readBody(ctx.req)
    const now = clock.now()
    const verdict = verifyWebhook(headOf(ctx), body, source.keys, now)
    if (!verdict.ok) {
      const waitSeconds = limits.refusedFrom(ctx.ip)
      if (waitSeconds > 0) return refuseForNow(ctx, waitSeconds)
      log.warn({ channel: 'inbound', source: source.name, status: 401, reason: verdict.problem }, 'message refused')
      return refuse(ctx, 401, 'untrusted', verdict.problem)
    }
    limits.check('inbound', source.name)
    const { bytes, content } = storable(source, body)
    const mapped = source.map(content, { source: source.name, webhookId: verdict.id, now })
    await keep(ctx, { source, webhookId: verdict.id, bytes, mapped, receivedAt: now })
  }

  /**
   * Nothing is kept of who paused or was erased: a message about nobody else is not stored at all. Money of the erased is
   * read, for what law obliges to keep of it, and the message is gone after that.
   */
  async function keep(ctx: RouterContext, whole: Message): Promise<void> {
    const told = whole.mapped.events
    const keys = told.map(({ who }) => identityKey(who))
    const silent = await within(storeMs, deps.recording.pausedAmong(keys), () => new StoreUnavailable())
    const erased = silent.size === 0 ? silent : await within(storeMs, deps.recording.erasedAmong(keys), () => new StoreUnavailable())
    const isKept = ({ who, kind }: CustomerEvent) => !silent.has(identityKey(who)) || (isMoney.has(kind) && erased.has(identityKey(who)))
    const events = told.filter(isKept)
    const message = { ...whole, mapped: { ...whole.mapped, events, ignored: whole.mapped.ignored + told.length - events.length } }
    const isNobodyElses = told.length > 0 && events.length === 0 && message.mapped.problems.length === 0
    if (isNobodyElses) ctx.body = { accepted: 0, seen: 0, ignored: message.mapped.ignored, problems: [] }
    else await keepWhole(ctx, message)
  }

  async function keepWhole(ctx: RouterContext, message: Message): Promise<void> {
    const { events, problems, ignored } = message.mapped
    const { stored, known } = await within(storeMs, store(message), () => new StoreUnavailable())
    const accepted = stored.whole ? events.filter(({ key }) => !known.has(key)).length : 0
    if (problems.length > 0) log.warn({ channel: 'inbound', source: message.source.name, problems: problems.length }, 'message with wrong fields')
    ctx.status = stored.whole || stored.problems ? 202 : 200
    ctx.body = { accepted, seen: events.length - accepted, ignored, problems }
  }

  async function store(message: Message): Promise<{ stored: { whole: boolean; problems: boolean }; known: ReadonlySet<string> }> {
    const keys = message.mapped.events.map(({ key }) => key)
    const known = keys.length > 0 ? await timeline.known(keys) : new Set<string>()
    const deliveries = deliveriesOf(message)
    const results = await inbox.accept(deliveries)
    const isStored = (key: string) => deliveries.some((delivery, index) => delivery.key === key && results[index] === 'stored')
    const { whole, problems } = inboundKeys(message.webhookId)
    return { stored: { whole: isStored(whole), problems: isStored(problems) }, known }
  }

  const router = new Router({ prefix: '/webhooks/inbound', sensitive: true })
  router.post('/:source', answerJsonErrors, receive)
  return router
}

/** What could be read, or nothing of ours, under its own key; what is wrong once more, to be set aside. */
function deliveriesOf({ source, webhookId, bytes, mapped, receivedAt }: Message): Delivery[] {
  const keys = inboundKeys(webhookId)
  const delivery = { channel: 'inbound' as const, account: source.name, bytes, receivedAt }
  const hasProblems = mapped.problems.length > 0
  return [
    ...(mapped.events.length > 0 || !hasProblems ? [{ ...delivery, key: keys.whole }] : []),
    ...(hasProblems ? [{ ...delivery, key: keys.problems }] : []),
  ]
}

/** The very bytes, unless something in them must not rest in the store. @throws MalformedEnvelope */
function storable(source: OpenSource, body: Uint8Array): { bytes: Uint8Array; content: Content } {
  try {
    const sent = readBytes(body)
    const content = source.prepare(sent)
    return { content, bytes: sameContent(sent, content) ? body : Buffer.from(contentJson(content)) }
  } catch (cause) {
    if (cause instanceof Unreadable) throw new MalformedEnvelope(cause.reason, { cause })
    throw cause
  }
}

function headOf(ctx: RouterContext) {
  const one = (name: string) => ctx.get(name) || undefined
  return { id: one('webhook-id'), timestamp: one('webhook-timestamp'), signature: one('webhook-signature') }
}
