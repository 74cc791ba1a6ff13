import { shallowRef, type ShallowRef } from 'vue'
import type { JoinListView, JoinView } from '../../../server/http/contract.ts'
import type { Problem } from '../api.ts'
import { useParts } from '../parts.ts'

/** Why identities count as this customer, as far as the operator has asked. */
export type JoinsState =
  { kind: 'closed' } | { kind: 'loading' } | { kind: 'failed'; problem: Problem } | { kind: 'ready'; list: JoinListView }

export interface Joins {
  state: ShallowRef<JoinsState>
  /** The join that is being changed; null: none. */
  busy: ShallowRef<string | null>
  load(): Promise<void>
  /** Takes it back where it stands, else lets it stand again; null when that worked. */
  change(join: JoinView): Promise<Problem | null>
}

/** The joins of one customer: read when an operator opens the section, again after each change. */
export function useJoins(customerId: string): Joins {
  const { api } = useParts()
  const state = shallowRef<JoinsState>({ kind: 'closed' })
  const busy = shallowRef<string | null>(null)

  async function load(): Promise<void> {
    if (state.value.kind !== 'ready') state.value = { kind: 'loading' }
    const answer = await api.joins(customerId)
    state.value = answer.ok ? { kind: 'ready', list: answer.value } : { kind: 'failed', problem: answer.problem }
  }
  async function change({ id, undone }: JoinView): Promise<Problem | null> {
    if (busy.value !== null) return null
    busy.value = id
    const answer = await api.changeJoin(id, undone === null ? 'undo' : 'redo')
    busy.value = null
    if (answer.ok) await load()
    return answer.ok ? null : answer.problem
  }
  return { state, busy, load, change }
}
