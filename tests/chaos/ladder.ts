import { setTimeout as pause } from 'node:timers/promises'
import type { Posted } from '../fake-tencent/post.ts'

export type Sender = Posted['channel']

const second = 1_000
const minute = 60 * second

/**
 * When each platform tries, in ms after the try before. Official Account and WeCom: five seconds without a good answer,
 * three tries in all (Receiving_standard_messages; document/path/90930). Shop: ten pushes in about 3.6 h (消息推送).
 * WeChat Pay: fifteen tries after the first in a day (支付通知).
 */
const ladders: Readonly<Record<Sender, readonly number[]>> = {
  'official-account': [0, 5 * second, 5 * second],
  wecom: [0, 5 * second, 5 * second],
  'wechat-shop': [0, 0, 10 * second, minute, 5 * minute, 30 * minute, 60 * minute, 60 * minute, 60 * minute, 60 * minute],
  'mini-program': [0, 0, 10 * second, minute, 5 * minute, 30 * minute, 60 * minute, 60 * minute, 60 * minute, 60 * minute],
  'wechat-pay': [
    0, 15 * second, 15 * second, 30 * second, 3 * minute, 10 * minute, 20 * minute, 30 * minute, 30 * minute, 30 * minute,
    60 * minute, 180 * minute, 180 * minute, 180 * minute, 360 * minute, 360 * minute,
  ],
}

/** By how much a platform's waits are shortened; 1: as they are. */
export type Speeds = Readonly<Record<Sender, number>>

export interface Delivered {
  /** Null: the platform gave up. */
  acked: boolean
  tries: number
}

/** Sends until it is acked or the platform gives up. `moreTime`: nothing is in the way any more, so no wait is longer than a second. */
export async function climb(sender: Sender, send: () => Promise<number>, speeds: Speeds, moreTime: () => boolean): Promise<Delivered> {
  const waits = ladders[sender]
  let began = performance.now()
  for (const [index, waitMs] of waits.entries()) {
    const due = began + waitMs / speeds[sender]
    while (performance.now() < due && !(moreTime() && performance.now() > began + second)) {
      await pause(Math.min(200, Math.max(1, due - performance.now())))
    }
    began = performance.now()
    if (Math.floor((await send()) / 100) === 2) return { acked: true, tries: index + 1 }
  }
  return { acked: false, tries: waits.length }
}
