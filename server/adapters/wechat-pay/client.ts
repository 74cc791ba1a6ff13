import Pay from 'wechatpay-node-v3'
import type { PayConfig } from '../../../config/pay.ts'
import type { PayHttp } from './http.ts'

/**
 * The library, signing for our merchant and calling through `http`. `serial_no` is passed so that it needs no
 * certificate, of which it would derive one in another spelling; `publicKey` must then merely not be empty.
 * Source: wechat-pay.md section 7 (constructor; pitfall 11).
 */
export function payClient(config: PayConfig, http: PayHttp): Pay {
  const client = new Pay({
    appid: config.appId,
    mchid: config.merchantId,
    serial_no: config.serialNo.toUpperCase(),
    publicKey: Buffer.from('unused'),
    privateKey: Buffer.from(config.privateKey),
    key: config.apiV3Key,
  })
  client.createHttp(http)
  return client
}
