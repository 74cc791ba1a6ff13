import { identityKey, parseIdentityKey, type ExternalUserId, type IdentityKey } from '../domain/ids.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { People } from '../ports/people.ts'
import type { ErasureScope, ErasureSubject } from '../ports/privacy.ts'

export interface FindSubjectDeps {
  people: People
  contacts: Contacts
}

export type FindSubject = ReturnType<typeof createFindSubject>

/** Everything under which a human may be stored: their person, and the contacts that share one of their unionids. */
export function createFindSubject({ people, contacts }: FindSubjectDeps) {
  async function widened(keys: ReadonlySet<IdentityKey>): Promise<ReadonlySet<IdentityKey>> {
    const ids = [...keys].map((key) => parseIdentityKey(key))
    const externalUserIds = ids.flatMap((id) => (id.kind === 'external' ? [id.externalUserId] : []))
    const unionIds = ids.flatMap((id) => (id.kind === 'unionid' ? [id.unionId] : []))
    const [persons, own, sharing] = await Promise.all([
      people.find([...keys]),
      contacts.many(externalUserIds),
      contacts.byUnionIds(unionIds),
    ])
    const identities = [...persons.values()].flatMap((person) => person.identities.map(({ key }) => key))
    const told = [...own.values(), ...sharing].flatMap(({ externalUserId, unionId }) => [
      identityKey({ kind: 'external', externalUserId }),
      ...(unionId ? [identityKey({ kind: 'unionid', unionId })] : []),
    ])
    return new Set([...keys, ...identities, ...told])
  }

  return async function findSubject(key: IdentityKey, scope: ErasureScope): Promise<ErasureSubject> {
    let keys: ReadonlySet<IdentityKey> = new Set([key])
    for (let known = 0; scope === 'person' && known < keys.size; ) {
      known = keys.size
      keys = await widened(keys)
    }
    const externalUserIds = externalIn([...keys])
    const [found, own] = await Promise.all([people.find([...keys]), contacts.many(externalUserIds)])
    const persons = [...found.values()]
    const names = [...own.values()].flatMap(({ name, follows }) => [name, ...follows.map(({ remark }) => remark ?? '')])
    const others = persons.flatMap((person) => person.identities.map((one) => one.key)).filter((one) => !keys.has(one))
    return {
      others,
      othersContacts: externalIn([...others, ...keys]),
      keys: [...keys],
      externalUserIds,
      names: [...new Set(names.map((name) => name.trim()))].filter((name) => name !== ''),
      personIds: [...new Set(persons.flatMap(({ id, formerIds }) => [id, ...formerIds]))],
    }
  }
}

function externalIn(keys: readonly IdentityKey[]): readonly ExternalUserId[] {
  return keys.flatMap((key) => {
    const id = parseIdentityKey(key)
    return id.kind === 'external' ? [id.externalUserId] : []
  })
}
