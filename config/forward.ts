import type { Problems } from './checks.ts'

/** The systems that had our callback addresses before us (A11). */
export interface ForwardConfig {
  /** By channel: where each of its callbacks is passed on to. */
  targets: ReadonlyMap<string, string>
  /** How long, from a callback's arrival, we wait for an answer that somebody sees. */
  waitMs: number
}

const names = [
  ['FORWARD_OFFICIAL_ACCOUNT', 'official-account'],
  ['FORWARD_WECOM', 'wecom'],
  ['FORWARD_WECHAT_SHOP', 'wechat-shop'],
  ['FORWARD_MINI_PROGRAM', 'mini-program'],
  ['FORWARD_WECHAT_PAY', 'wechat-pay'],
] as const

/** FORWARD_…: each the whole address that stood in the platform's console before ours, its own query included. */
export function forwardConfig(check: Problems, publicUrl: string): ForwardConfig {
  const targets = names.flatMap(([name, channel]) => {
    const url = check.forwardUrl(name, publicUrl)
    return url === null ? [] : [[channel, url] as const]
  })
  // The platforms hang up after 5 s; the rest is for the way back.
  return { targets: new Map(targets), waitMs: check.integer('FORWARD_WAIT_MS', 4_500, 100, 4_800) }
}
