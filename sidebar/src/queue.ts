import { shallowRef, type ShallowRef } from 'vue'
import type { FeedbackRequest, SentRequest } from '../../server/http/contract.ts'
import type { Api } from './api.ts'

/** What the member did while the server could not be reached. */
interface Waiting {
  id: string
  path: string
  body: FeedbackRequest | SentRequest
  /** Device time, ms. */
  at: number
}

/** Older than an alert's life (72 h): nothing would be changed by it any more. */
const tooOldMs = 72 * 60 * 60_000
const mostKept = 200

export interface Queue {
  /** How many actions wait. */
  size: Readonly<ShallowRef<number>>
  /** Keeps one action until the server takes it; a later one on the same path replaces it (the last one wins). */
  add(path: string, body: FeedbackRequest | SentRequest): void
  /** Takes back what has not been submitted; false when nothing waits on that path. */
  remove(path: string): boolean
  /** Submits in order; stops at the first silence. True when nothing waits any more. */
  flush(): Promise<boolean>
}

interface QueueDeps {
  storage: Storage
  api: Api
  now(): number
}

const storageKey = 'sidebar:waiting'

/** Actions that outlive a dead server and a closed page. */
export function createQueue({ storage, api, now }: QueueDeps): Queue {
  const size = shallowRef(load().length)
  let flushing: Promise<boolean> | null = null

  function load(): Waiting[] {
    const all = JSON.parse(storage.getItem(storageKey) ?? '[]') as Waiting[]
    return all.filter((one) => now() - one.at < tooOldMs)
  }
  function save(all: Waiting[]): void {
    storage.setItem(storageKey, JSON.stringify(all.slice(-mostKept)))
    size.value = all.length
  }
  async function submitAll(): Promise<boolean> {
    for (let next = load()[0]; next; next = load()[0]) {
      const { id, path, body } = next
      const answer = await api.act(path, body)
      if (!answer.ok && passing.has(answer.problem.reason)) return false
      save(load().filter((one) => one.id !== id))
    }
    return true
  }
  return {
    size,
    add(path, body) {
      const id = `${now()}-${Math.random().toString(36).slice(2)}`
      save([...load().filter((one) => one.path !== path || !('action' in one.body)), { id, path, body, at: now() }])
    },
    remove(path) {
      const all = load()
      const rest = all.filter((one) => one.path !== path)
      if (rest.length !== all.length) save(rest)
      return rest.length !== all.length
    },
    flush() {
      flushing ??= submitAll().finally(() => (flushing = null))
      return flushing
    },
  }
}

/** Reasons that pass by themselves: the action waits. Anything else is a final no. */
const passing: ReadonlySet<string> = new Set(['offline', 'server-down', 'signed-out'])
