import { createBeacon } from './beacon.ts'
import { miniProgramPlatform, type Wx } from './mini-program.ts'
import type { Beacon, BeaconOptions } from './types.ts'
import { webPlatform } from './web.ts'

export { weChatCode } from './web.ts'
export type { Beacon, BeaconDetails, BeaconItem, BeaconKind, BeaconOptions, ConsentState } from './types.ts'

declare const wx: Wx | undefined

/**
 * Starts reporting what a customer does in the mall, in a mini-program or on a page of an H5 mall.
 * @example
 * const beacon = init({ server: 'https://crm.example.com', appId: 'wx0123456789abcdef' })
 * beacon.track('add-to-cart', { item: { id: 'coat-01', title: '羊绒大衣', price: 268000 } })
 */
export function init(options: BeaconOptions): Beacon {
  // A page in WeChat has a `wx` too, once JS-SDK is there; only a mini-program's can send requests.
  const isMiniProgram = typeof wx !== 'undefined' && typeof wx.request === 'function'
  return createBeacon(options, isMiniProgram ? miniProgramPlatform(wx) : webPlatform())
}
