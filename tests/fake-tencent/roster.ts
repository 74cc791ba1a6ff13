import { idFor, type CustomerRecord, type StaffRecord, type World } from './world.ts'

/** What is told of a member when they first appear. */
export interface NewStaff {
  name?: string
  contacts?: boolean
  departments?: number[]
}

/** What is told of a customer when they first appear; `unionId: null`: their accounts are bound to nothing. */
export interface NewCustomer {
  name?: string
  unionId?: string | null
  gender?: 1 | 2
}

/** The member of this userid, whatever its case; made on first use. */
export function staffRecord(world: World, userid: string, more: NewStaff): StaffRecord {
  const key = userid.toLowerCase()
  return (world.staff[key] ??= {
    userid,
    name: more.name ?? userid,
    departments: more.departments ?? [1],
    inVisibleRange: true,
    contacts: more.contacts ?? true,
  })
}

/** The customer of this name, with ids that are the same in every run; made on first use. */
export function customerRecord(world: World, id: string, more: NewCustomer): CustomerRecord {
  return (world.customers[id] ??= {
    id,
    name: more.name ?? id,
    unionId: more.unionId === undefined ? idFor('oU', `union ${id}`, 28) : more.unionId,
    externalUserId: idFor('wm', `external ${id}`, 32),
    openIds: {
      account: idFor('oA', `account ${id}`, 28),
      miniProgram: idFor('oM', `mini-program ${id}`, 28),
      shop: idFor('oP', `shop ${id}`, 28),
    },
    follows: false,
    followedAtMs: null,
    followScene: '',
    snapshot: false,
    ...(more.gender ? { gender: more.gender } : {}),
  })
}
