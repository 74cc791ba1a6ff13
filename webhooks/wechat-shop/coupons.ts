import { MalformedCallback } from '../../server/domain/errors.ts'
import type { Fact, ShopKind } from '../../server/domain/event.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { isFields, textOf, type Fields } from '../fields.ts'
import { headOfAppUser, secondsToDate } from '../message-head.ts'
import { numberOf } from './orders.ts'

type CouponKind = 'claim-coupon' | Extract<ShopKind, 'used-coupon' | 'coupon-expired' | 'coupon-returned'>

/**
 * FromUserName owns the coupon. The official page and the SDKs name the body differently, and nobody has documented the
 * one of `unuse`: it is whichever part holds a user_coupon_id.
 */
export function couponFacts(kind: CouponKind, timeField: string) {
  return (fields: Fields, delivery: Delivery): readonly Fact[] => {
    const coupon = [...fields.values()].filter(isFields).find((part) => textOf(part, 'user_coupon_id') !== null)
    if (!coupon) throw new MalformedCallback('user_coupon_id is missing')
    const couponNo = numberOf(coupon, 'user_coupon_id')
    const head = headOfAppUser(fields, delivery, 'wechat-shop')
    const at = secondsToDate(textOf(coupon, timeField)) ?? head.at
    return [
      { about: 'customer', event: { ...head, at, kind, item: null, text: null } },
      { about: 'coupon', coupon: { key: `${head.key}:unionid`, at, who: head.who, couponNo } },
    ]
  }
}
