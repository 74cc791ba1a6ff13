import { shallowRef, type ShallowRef } from 'vue'
import type { Answer, Problem } from '../api.ts'
import { useLive } from './useLive.ts'

/** What stands in a tab of the customer's page. */
export type Asked<T> = { kind: 'loading' } | { kind: 'failed'; problem: Problem } | { kind: 'ready'; view: T }

/** Asks our server when the tab is first opened, and again whenever it tells that the customer changed. */
export function useAsked<T>(customerId: string | null, ask: () => Promise<Answer<T>>): { state: ShallowRef<Asked<T>>; load(): Promise<void> } {
  const state = shallowRef<Asked<T>>({ kind: 'loading' })
  async function load(): Promise<void> {
    const answer = await ask()
    if (answer.ok) state.value = { kind: 'ready', view: answer.value }
    // What is shown stays: the next news asks again.
    else if (state.value.kind !== 'ready' || answer.problem.reason === 'erased') state.value = { kind: 'failed', problem: answer.problem }
  }
  useLive({
    message(message) {
      if (customerId === null || message.customer === customerId) void load()
    },
    caughtUp: () => void load(),
  })
  void load()
  return { state, load }
}

/** Why something was not saved, in one sentence. */
export function notSaved(problem: Problem, what: string): string {
  if (problem.reason === 'offline') return `网络断开了，${what}。`
  return problem.message || `服务暂时连不上，${what}，请稍后再试。`
}
