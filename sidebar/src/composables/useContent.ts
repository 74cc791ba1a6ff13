import { shallowRef, type ShallowRef } from 'vue'
import type { ContentView } from '../../../server/http/contract.ts'
import type { Problem } from '../api.ts'
import { useParts } from '../parts.ts'

export type ContentState =
  | { kind: 'loading' }
  | { kind: 'failed'; problem: Problem }
  | { kind: 'ready'; items: readonly ContentView[]; sentences: readonly string[] }

/** The member's own tracked copies of the brand's articles. */
export function useContent(): { state: ShallowRef<ContentState>; load(): Promise<void> } {
  const { api } = useParts()
  const state = shallowRef<ContentState>({ kind: 'loading' })
  async function load(): Promise<void> {
    state.value = { kind: 'loading' }
    const answer = await api.content()
    state.value = answer.ok
      ? { kind: 'ready', items: answer.value.items, sentences: answer.value.sentences ?? [] }
      : { kind: 'failed', problem: answer.problem }
  }
  return { state, load }
}
