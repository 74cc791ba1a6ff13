import type { Fault, Finding, Severity, Words } from './diagnosis.ts'
import { callbackFaults } from './diagnosis-faults-callbacks.ts'
import { ownFaults } from './diagnosis-faults-own.ts'
import { settingFaults } from './diagnosis-faults-settings.ts'
import { weChatFaults } from './diagnosis-faults-wechat.ts'
import { weComFaults } from './diagnosis-faults-wecom.ts'

/** Every fault that the doctor, a refused callback or a failing page can name. */
export const faults = { ...settingFaults, ...ownFaults, ...weComFaults, ...weChatFaults, ...callbackFaults }

export type FaultName = keyof typeof faults

/** A finding, as serious as its fault usually is. */
export function found(fault: FaultName, about: string | null = null, severity: Severity = faults[fault].severity): Finding {
  return { fault, about, severity }
}

/** Channels as their consoles call themselves. */
const channelWords: Readonly<Record<string, string>> = {
  wecom: '企业微信',
  'official-account': '公众号',
  'wechat-shop': '微信小店',
  'mini-program': '小程序',
  'wechat-pay': '微信支付',
}

/** Steps of the operator's guide by what a finding is about: a variable, or a channel; the first that fits. */
const stepsByName: readonly (readonly [RegExp, number])[] = [
  [/^(WECOM_CALLBACK_|wecom$)/, 3],
  [/^(WECOM_|OPERATORS|MANAGERS)/, 2],
  [/^(OA_|FORWARD_|official-account$)/, 5],
  [/^(MINIPROGRAM_|SHOP_|WXPAY_|mini-program$|wechat-shop$|wechat-pay$)/, 7],
]

/** What is wrong and what to do, with `{about}` filled in; and the step of the operator's guide. */
export function wordsOf({ fault, about }: Pick<Finding, 'fault' | 'about'>): { what: Words; fix: Words; step: number } {
  const { what, fix, step }: Fault = faults[fault]
  const name = about ?? ''
  const filled = ({ zh, en }: Words) => ({ zh: zh.replaceAll('{about}', channelWords[name] ?? name), en: en.replaceAll('{about}', name) })
  return { what: filled(what), fix: filled(fix), step: stepsByName.find(([shape]) => shape.test(name))?.[1] ?? step }
}
