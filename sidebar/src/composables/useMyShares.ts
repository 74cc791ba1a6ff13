import { computed, type ComputedRef } from 'vue'
import type { MemberSharesView } from '../../../server/http/contract.ts'
import { useParts } from '../parts.ts'
import { sharersText } from '../words.ts'
import { useAnswer } from './useAnswer.ts'

/** Per article the line about the member's own customers who shared it; empty until known, and where it cannot be. */
export function useMyShares(): ComputedRef<ReadonlyMap<string, string>> {
  const { api } = useParts()
  const { state } = useAnswer<MemberSharesView>(() => api.myShares())
  return computed(() => {
    const articles = state.value.kind === 'ready' ? state.value.value.articles : []
    return new Map(articles.map(({ contentId, sharers, more }) => [contentId, sharersText(sharers, more)]))
  })
}
