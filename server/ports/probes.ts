import type { UnionId } from '../domain/ids.ts'

/**
 * Questions that show whether a setting is right. Each asks Tencent anew, without what the server keeps, changes nothing
 * there, and rejects with TencentRefused, PayRefused or TencentUnreachable as every adapter does.
 */

/** How many were looked at, and the unionids that they had. */
export interface UnionIdSample {
  asked: number
  unionIds: readonly UnionId[]
}

/** What WeCom tells about the app (agent/get). */
export interface AppSettings {
  isClosed: boolean
  /** Whether anybody is in the visible range. */
  hasRange: boolean
  /** Host, with its port if it has one; null: none is set. */
  trustedDomain: string | null
}

export interface WeComProbe {
  app(): Promise<AppSettings>
  /** Members in the visible range who have 客户联系. */
  followUsers(): Promise<readonly string[]>
  member(userid: string): Promise<'there' | 'unknown' | 'outside-range'>
  /** WeChat contacts of these members, a hundred at most. */
  contacts(userids: readonly string[]): Promise<UnionIdSample>
}

export interface AccountProbe {
  signIn(): Promise<void>
  /** The followers listed first, a thousand at most. */
  followers(): Promise<UnionIdSample>
}

export interface AppProbe {
  signIn(): Promise<void>
}

export interface ShopProbe extends AppProbe {
  /** Asks for the orders of the last hour. */
  orders(): Promise<void>
}

/** wrong-… : answers came, and show that this value does not fit. */
export type PayKeysState = 'good' | 'none' | 'wrong-api-v3-key' | 'wrong-public-key-id' | 'wrong-public-key'

export interface PayProbe {
  keys(): Promise<PayKeysState>
  /** Whether our appid may take payments of the merchant, by a payment that WeChat Pay cannot make: its payer is nobody. */
  binding(): Promise<void>
}

/** What an address of ours or of another system answers; `why`: the class of what went wrong, without any address. */
export type WebAnswer = { status: number; text: string } | { status: null; isCertificate: boolean; why: string }

export interface WebProbe {
  get(url: string): Promise<WebAnswer>
}

export interface StoreProbe {
  /** Name of the replica set; null: it is none. */
  replicaSet(): Promise<string | null>
  /** Whether somebody holds a lease just now. */
  isHeld(lease: string): Promise<boolean>
}

/** How far our clock was ahead of Tencent's in the last answer, ms, to the second; null: no answer told. */
export type ClockProbe = () => number | null
