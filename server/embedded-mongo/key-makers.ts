import type { Index } from './catalog.ts'
import type { Fields } from './looked-at.ts'

/** Indexes, and the fields that all their keys are made of. */
export type KeyMakers = { indexes: readonly Index[], fields: Fields }

function together(indexes: readonly Index[]): KeyMakers {
  const out = new Set<string>()
  for (const { fields } of indexes) {
    if (fields === null) return { indexes, fields: null }
    for (const name of fields) out.add(name)
  }
  return { indexes, fields: out }
}

/** By the list and its length, since new indexes are put at its end; dropping makes another list. */
const allMade = new WeakMap<readonly Index[], { count: number, makers: KeyMakers }>()

/** All indexes of a collection. */
export function keyMakers(indexes: readonly Index[]): KeyMakers {
  const known = allMade.get(indexes)
  if (known?.count === indexes.length) return known.makers
  const makers = together([...indexes])
  allMade.set(indexes, { count: indexes.length, makers })
  return makers
}

const touchedMade = new WeakMap<ReadonlySet<string>, { all: KeyMakers, makers: KeyMakers }>()

/** Those whose keys may change when these fields do (null: any field). */
export function keyMakersOf(indexes: readonly Index[], touched: Fields): KeyMakers {
  const all = keyMakers(indexes)
  if (touched === null) return all
  const known = touchedMade.get(touched)
  if (known?.all === all) return known.makers
  const makers = together(indexes.filter(({ fields }) => fields === null || [...fields].some((name) => touched.has(name))))
  touchedMade.set(touched, { all, makers })
  return makers
}
