import type { IdentityKey } from '../domain/ids.ts'
import type { Outcome, TakenDelivery } from '../ports/inbox.ts'
import type { KnowRecording } from './recording.ts'

export type FindSilent = ReturnType<typeof createFindSilent>

/** Ids of platforms and our own hashes; everything shorter is no id of a customer. */
const idLike = /[\w-]{8,64}/g

/**
 * Deliveries that would be left aside, unread or of no use, go too if they name somebody who paused or was erased: what we
 * did not understand may not rest either (C4). `appIds`: of all our apps, since an openid does not say whose it is.
 */
export function createFindSilent({ recording, appIds }: { recording: Pick<KnowRecording, 'pausedAmong'>; appIds: readonly string[] }) {
  function namedIn({ bytes }: TakenDelivery): readonly IdentityKey[] {
    const text = new TextDecoder().decode(bytes).replaceAll(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    const ids = [...new Set(text.match(idLike))]
    return ids.flatMap((id) => candidatesFor(id, appIds))
  }

  return async function findSilent(outcomes: readonly Outcome[], taken: readonly TakenDelivery[]): Promise<readonly Outcome[]> {
    const left = new Set(outcomes.filter(({ outcome }) => outcome === 'unrecognised' || outcome === 'set-aside').map(({ id }) => id))
    if (left.size === 0) return outcomes
    const named = new Map(taken.filter(({ id }) => left.has(id)).map((delivery) => [delivery.id, namedIn(delivery)]))
    const silent = await recording.pausedAmong([...named.values()].flat())
    if (silent.size === 0) return outcomes
    return outcomes.map((one) => (named.get(one.id)?.some((key) => silent.has(key)) ? { id: one.id, outcome: 'not-kept' } : one))
  }
}

/** Every identity that a bare id may stand for. */
export function candidatesFor(id: string, appIds: readonly string[]): readonly IdentityKey[] {
  const kinds = ['external', 'unionid', 'phone', 'member', ...appIds.map((appId) => `openid:${appId}`)]
  return kinds.map((kind) => `${kind}:${id}` as IdentityKey)
}
