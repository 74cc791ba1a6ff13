import { shallowRef, type ShallowRef } from 'vue'
import type { Answer, Problem } from '../api.ts'

/** One answer of our server, as far as it has come. */
export type Asked<T> = { kind: 'loading' } | { kind: 'failed'; problem: Problem } | { kind: 'ready'; value: T }

/** Asks at once, and again when told to; what is shown stays until the next answer has come. */
export function useAnswer<T>(ask: () => Promise<Answer<T>>): { state: ShallowRef<Asked<T>>; load(): Promise<void> } {
  const state = shallowRef<Asked<T>>({ kind: 'loading' })
  async function load(): Promise<void> {
    if (state.value.kind === 'failed') state.value = { kind: 'loading' }
    const answer = await ask()
    state.value = answer.ok ? { kind: 'ready', value: answer.value } : { kind: 'failed', problem: answer.problem }
  }
  void load()
  return { state, load }
}
