import type { StaffId } from '../domain/ids.ts'

/** A member of the company as its directory lists them, as far as the app's visible range allows. */
export interface Member {
  staffId: StaffId
  /** As WeCom spells it, for API calls and display. */
  userid: string
  /** null: not told. */
  name: string | null
  /** Ids of the departments that the member stands in directly. */
  departments: readonly number[]
  /** Those of `departments` that the member leads (is_leader_in_dept). */
  leads: readonly number[]
}

/** A department; the root has id 1. */
export interface Department {
  id: number
  /** null: not told. */
  name: string | null
  /** 0: none above it. Of a department at the upper edge of the visible range, one that we do not see. */
  parentId: number
  /** department_leader. */
  leaders: readonly StaffId[]
}

/** Our own copy of the company's members and departments: filled by synchronisation, kept by callbacks (A2, A10). */
export interface Members {
  get(staffId: StaffId): Promise<Member | null>
  many(ids: readonly StaffId[]): Promise<ReadonlyMap<StaffId, Member>>
  /** By id. */
  departments(): Promise<readonly Department[]>
  /**
   * Members of the departments that this member leads and of all below them, without the member, sorted. A department is
   * led by whom it names (department_leader) and by members whose own row says so (is_leader_in_dept).
   */
  ledBy(staffId: StaffId): Promise<readonly StaffId[]>
  /** Writes only what differs from what is stored; returns how many that were. */
  put(members: readonly Member[]): Promise<number>
  putDepartments(departments: readonly Department[]): Promise<number>
  /** Members who are no more. */
  remove(ids: readonly StaffId[]): Promise<void>
  /** Whoever is not among these has gone from the directory; returns who that was. */
  keepOnly(ids: readonly StaffId[]): Promise<readonly StaffId[]>
  keepOnlyDepartments(ids: readonly number[]): Promise<readonly number[]>
}

/** The company's directory as WeCom tells it, within the app's visible range. Every method: @throws TencentRefused, TencentUnreachable */
export interface CompanyDirectory {
  departments(): Promise<readonly Department[]>
  /** Members who stand in this department directly. */
  membersOf(departmentId: number): Promise<readonly Member[]>
  /** user/get. null: no such member, or outside the visible range. */
  member(userid: string): Promise<Member | null>
}
