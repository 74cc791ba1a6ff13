import type { HighWater } from '../../ports/high-water.ts'
import type { Inbox, TakenDelivery } from '../../ports/inbox.ts'
import type { Alerts } from '../../ports/outbox.ts'
import type { Registry } from './registry.ts'

interface MeterableStores {
  inbox: Inbox
  alerts: Alerts
  highWater: HighWater
}

const storeBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
const jobPrefix = 'job:'

/** The same stores, counting what goes through them. `jobs` are the names of jobs that were looked at here. */
export function meteredStores<Stores extends MeterableStores>(
  stores: Stores,
  registry: Registry,
): { stores: Stores; jobs: ReadonlySet<string> } {
  const jobs = new Set<string>()
  const counted = {
    ...stores,
    inbox: meteredInbox(stores.inbox, registry),
    alerts: meteredAlerts(stores.alerts, registry),
    highWater: notingJobs(stores.highWater, jobs),
  }
  return { stores: timed(counted, registry), jobs }
}

function meteredInbox(inbox: Inbox, registry: Registry): Inbox {
  const deliveries = registry.counter(
    'leads_deliveries_total',
    'Deliveries by what became of them: stored, seen, handled, deferred, set-aside, unrecognised',
    ['channel', 'outcome'],
  )
  const inHand = new Map<string, TakenDelivery['channel']>()
  return {
    ...inbox,
    async accept(list) {
      const results = await inbox.accept(list)
      results.forEach((outcome, index) => deliveries.add({ channel: list[index]?.channel ?? 'other', outcome }))
      return results
    },
    async take(limit, now) {
      const taken = await inbox.take(limit, now)
      inHand.clear()
      for (const { id, channel } of taken) inHand.set(id, channel)
      return taken
    },
    async settle(outcomes, now) {
      await inbox.settle(outcomes, now)
      for (const { id, outcome } of outcomes) deliveries.add({ channel: inHand.get(id) ?? 'other', outcome })
    },
  }
}

function meteredAlerts(alerts: Alerts, registry: Registry): Alerts {
  const fates = registry.counter('leads_alerts_total', 'Alerts by the state that they came into', ['fate'])
  return {
    ...alerts,
    async put(list) {
      const stored = new Set(await alerts.put(list))
      for (const { key, state } of list) if (stored.has(key)) fates.add({ fate: state })
      return [...stored]
    },
    async change(key, from, to, patch) {
      const changed = await alerts.change(key, from, to, patch)
      if (changed) fates.add({ fate: to.state })
      return changed
    },
  }
}

/** Each job keeps the time of its last good run as a mark of its own. */
function notingJobs(highWater: HighWater, jobs: Set<string>): HighWater {
  return {
    ...highWater,
    get(name) {
      if (name.startsWith(jobPrefix)) jobs.add(name.slice(jobPrefix.length))
      return highWater.get(name)
    },
  }
}

type Method = (...input: never[]) => unknown

/** How long each store's methods take, and whether they succeed; streams are not timed. */
function timed<Stores extends object>(stores: Stores, registry: Registry): Stores {
  const seconds = registry.histogram(
    'leads_store_seconds',
    'Time that the store took, by store',
    ['store', 'result'],
    storeBounds,
  )

  function timedMethod(store: string, method: Method): Method {
    return (...input) => {
      const began = performance.now()
      const answer = method(...input)
      if (!(answer instanceof Promise)) return answer
      const note = (result: string) => seconds.observe({ store, result }, (performance.now() - began) / 1000)
      answer.then(
        () => note('ok'),
        () => note('failed'),
      )
      return answer
    }
  }

  function timedStore(name: string, store: unknown): unknown {
    if (typeof store !== 'object' || store === null) return store
    const entries = Object.entries(store).map(([method, value]) => [
      method,
      typeof value === 'function' ? timedMethod(name, value as Method) : value,
    ])
    return Object.fromEntries(entries)
  }

  return Object.fromEntries(Object.entries(stores).map(([name, store]) => [name, timedStore(name, store)])) as Stores
}
