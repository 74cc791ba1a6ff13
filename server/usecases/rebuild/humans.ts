import type { IdentityKey, PersonId } from '../../domain/ids.ts'
import type { Join } from '../../domain/person.ts'
import type { History, PersonNode } from '../../ports/history.ts'

/** One human as the joins that stand say: named by the least of the identities, since ids of persons are random. */
export interface Human {
  label: IdentityKey
  keys: readonly IdentityKey[]
  /** Of all documents that belong to the human. */
  personIds: readonly PersonId[]
}

/** Everybody, and the joins that were undone. */
export interface Humans {
  list: readonly Human[]
  labelOf: ReadonlyMap<PersonId, IdentityKey>
  undone: readonly Join[]
}

/** Reads who is whom from the people's documents: identities that standing joins tie together. */
export async function readHumans(history: Pick<History, 'people'>): Promise<Humans> {
  const parents = new Map<IdentityKey, IdentityKey>()
  const nodes: Pick<PersonNode, 'id' | 'keys'>[] = []
  const undone: Join[] = []
  const top = (key: IdentityKey): IdentityKey => {
    let at = key
    for (let next = parents.get(at); next !== undefined && next !== at; next = parents.get(at)) at = next
    parents.set(key, at)
    return at
  }
  const tie = (a: IdentityKey, b: IdentityKey) => {
    const [one, other] = [top(a), top(b)]
    if (one !== other) parents.set(one < other ? other : one, one < other ? one : other)
  }
  for await (const { id, keys, joins } of history.people()) {
    nodes.push({ id, keys })
    for (const key of keys) tie(keys[0] as IdentityKey, key)
    for (const join of joins) {
      if (join.undone) undone.push(join)
      else tie(join.a, join.b)
    }
  }
  const humans = new Map<IdentityKey, { keys: IdentityKey[]; personIds: PersonId[] }>()
  for (const { id, keys } of nodes) {
    const label = keys[0] && top(keys[0])
    if (!label) continue
    const human = humans.get(label) ?? { keys: [], personIds: [] }
    human.keys.push(...keys)
    human.personIds.push(id)
    humans.set(label, human)
  }
  const list = [...humans].map(([label, { keys, personIds }]) => ({ label, keys: keys.toSorted(), personIds }))
  return {
    list,
    labelOf: new Map(list.flatMap(({ label, personIds }) => personIds.map((id) => [id, label] as const))),
    undone,
  }
}
