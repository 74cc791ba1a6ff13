import type { Desk } from './api.ts'
import type { Net } from './browser.ts'
import type { PayDesk } from './pay/pay.ts'
import type { Channel, Delivering } from './post.ts'
import type { Fields } from './wire-text.ts'

/** What actors need to act. */
export interface Stage {
  desk: Desk
  /** Seals and posts; the HTTP status of each delivery, 0 for none. */
  send(channel: Channel, fields: Fields, options?: Delivering): Promise<number[]>
  /** Where the product listens, without a trailing slash. */
  productUrl(): string
  net: Net
  pay(): PayDesk
}

/** Unix seconds of the shared clock. */
export function seconds(stage: Stage): number {
  return Math.floor(stage.desk.now().getTime() / 1000)
}
