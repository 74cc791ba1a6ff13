import { identityKey, type IdentityKey, type UnionId } from '../domain/ids.ts'
import type { Fingerprint } from '../domain/recording.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { History } from '../ports/history.ts'
import type { Marks } from '../ports/privacy.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import type { EraseCustomer } from './erase-customer.ts'
import { batches } from './rebuild/batches.ts'

export interface ForgetAgainDeps {
  history: Pick<History, 'people' | 'events'>
  contacts: Contacts
  staffDirectory: StaffDirectory
  marks: Marks
  takeFingerprint: (key: IdentityKey) => Fingerprint
  eraseCustomer: Pick<EraseCustomer, 'erase'>
}

const peopleAtOnce = 200

/**
 * After older data were put back: whoever was erased since is asked to be erased again, as a stored job that the server
 * carries out at its start (C4). The marks know them by keyed hashes alone; who began anew after the data were made has
 * nothing in them that may stay either. Returns how many identities.
 */
export async function forgetAgain(deps: ForgetAgainDeps): Promise<number> {
  const { history, contacts, marks, takeFingerprint, eraseCustomer } = deps
  const asked = new Set<IdentityKey>()

  async function look(keys: readonly IdentityKey[]): Promise<void> {
    const prints = new Map(keys.filter((key) => !asked.has(key)).map((key) => [takeFingerprint(key), key]))
    if (prints.size === 0) return
    for (const [print, mark] of await marks.find([...prints.keys()])) {
      const key = prints.get(print)
      if (!key || !mark.silences.some(({ why }) => why === 'erased')) continue
      asked.add(key)
      await eraseCustomer.erase(key, 'linked', 'identity', 'restore')
    }
  }

  for await (const nodes of batches(history.people(), peopleAtOnce)) await look(nodes.flatMap(({ keys }) => keys))
  for await (const told of batches(history.events(), peopleAtOnce))
    await look([...new Set(told.map(({ event }) => identityKey(event.who)))])
  for (const { staffId } of await deps.staffDirectory.all()) {
    const ids = await contacts.idsFollowedBy(staffId)
    for (let start = 0; start < ids.length; start += peopleAtOnce) {
      const found = [...(await contacts.many(ids.slice(start, start + peopleAtOnce))).values()]
      await look(
        found.flatMap(({ externalUserId, unionId }) => [
          identityKey({ kind: 'external', externalUserId }),
          ...unionKeys(unionId),
        ]),
      )
    }
  }
  return asked.size
}

function unionKeys(unionId: UnionId | null): IdentityKey[] {
  return unionId ? [identityKey({ kind: 'unionid', unionId })] : []
}
