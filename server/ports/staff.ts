import type { StaffId } from '../domain/ids.ts'

/** Members who may follow customers (get_follow_user_list), as last read, and whoever was met since. */
export interface StaffDirectory {
  /** Members that are met: those listed already stay, with this spelling of their userid. */
  add(userids: readonly string[], now: Date): Promise<void>
  replaceAll(userids: readonly string[], now: Date): Promise<void>
  /** Somebody who signed in: known by name from now on, without being listed. */
  meet(userid: string, now: Date): Promise<void>
  /** Those listed or added. */
  all(): Promise<readonly { staffId: StaffId; userid: string; name: string | null }[]>
  /** Also who was only met. */
  get(staffId: StaffId): Promise<{ staffId: StaffId; userid: string; name: string | null } | null>
  /** The same of each of these; who is not known is left out. */
  many(staffIds: readonly StaffId[]): Promise<ReadonlyMap<StaffId, { staffId: StaffId; userid: string; name: string | null }>>
  setName(staffId: StaffId, name: string): Promise<void>
  /** Gone from the company, until listed, added or met again. Who is listed is for WeCom's list to say: see `replaceAll`. */
  leave(staffId: StaffId, now: Date): Promise<void>
  hasLeft(staffId: StaffId): Promise<boolean>
}

/** WeCom's web sign-in (OAuth snsapi_base, or the desktop page) and member names. */
export interface StaffSignIn {
  authorizeUrl(redirectUri: string, state: string, where: 'in-wecom' | 'desktop'): string
  /** The member behind a code; null when the visitor is not a member. @throws TencentRefused, TencentUnreachable */
  exchange(code: string): Promise<{ userid: string } | null>
  /** user/get name; null when outside the app's visible range. */
  nameOf(userid: string): Promise<string | null>
}

/** JS-SDK signatures for one page of ours. */
export interface PageSignatures {
  /** `corp` for config, `agent` for agentConfig; url without its fragment. */
  sign(kind: 'corp' | 'agent', url: string): Promise<{ timestamp: number; nonceStr: string; signature: string }>
}

/** JS-SDK signature of the Official Account for the reader page's share card. */
export interface AccountPageSignatures {
  sign(url: string): Promise<{ appId: string; timestamp: number; nonceStr: string; signature: string }>
}
