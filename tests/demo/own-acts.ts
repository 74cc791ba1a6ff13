import { stateNow } from '../fake-tencent/pay/ledger.ts'
import { addLine, type Cast } from './cast.ts'
import type { PayCode } from './contract.ts'
import { pretty, shownMs } from './feed.ts'
import type { DemoMemory } from './memory.ts'

/** Nobody's: 林小姐's phone number, and the member card that the account gives out. */
export const phoneNumber = '13912345678'
export const memberCard = { id: 'pMiraMemberCard0000000001', code: '226009850808' }

/** What she has proved, and what her page last said; older memories know of neither. */
export function mineOf(memory: DemoMemory): NonNullable<DemoMemory['mine']> {
  return (memory.mine ??= { phone: false, card: false, recording: 'unseen' })
}

/** What 林小姐 does about herself: proofs, her card, codes that she scans, friendship ended and begun again. */
export function ownActs(cast: Cast) {
  const { lin, mei, memory, feed } = cast
  return {
    async 'prove-phone'() {
      const started = performance.now()
      // With a session of its own: the last one may have run out.
      await lin.startsMallSession()
      const { status, body } = await lin.provesPhone(phoneNumber)
      mineOf(memory).phone ||= status === 204
      const raw = { request: pretty({ code: '（手机号按钮给的一次性 code）' }), answer: `HTTP ${status}\n${pretty(body)}` }
      const small = `/beacon/phone · ${status} · ${shownMs(performance.now() - started)}`
      if (status === 204) feed.add({ tone: 'ok', title: '手机号已验证', text: '本人点的按钮，号码只留散列', small, raw })
      else feed.add({ tone: 'quiet', title: '手机号没有验证成', small, raw })
    },
    async 'take-card'() {
      mineOf(memory).card = true
      await lin.memberCard('takes', memberCard)
      await lin.memberCard('activates', memberCard)
    },
    async 'scan-code'({ url }: { url: string }) {
      await lin.scansToPay(url)
    },
    async 'remove-mei'() {
      if (!hasMei(cast)) return
      addLine(cast, 'lin', { by: 'lin', text: '林小姐删除了小梅', plain: true })
      await lin.removes(mei)
    },
    async 'remove-lin'() {
      if (!hasMei(cast)) return
      addLine(cast, 'lin', { by: 'mei', text: '小梅删除了林小姐', plain: true })
      await mei.removes(lin)
    },
    async 'add-mei'() {
      if (hasMei(cast)) return
      addLine(cast, 'lin', { by: 'lin', text: '你们又是好友了', plain: true })
      await mei.adds(lin, { state: 'jingan_store' })
    },
  }
}

export function hasMei({ tencent, lin, mei }: Cast): boolean {
  const { follows } = tencent.world
  return follows.some((one) => one.userid === mei.userid && one.externalUserId === lin.externalUserId && one.endedBy === null)
}

/** Codes on the salesperson's screen that nobody has paid, newest first. */
export function openCodes({ tencent, clock }: Cast): PayCode[] {
  const nowMs = clock.now().getTime()
  return Object.values(tencent.world.payments)
    .filter((one) => stateNow(one, nowMs) === 'NOTPAY')
    .flatMap(({ codeUrl, description, total }) => (codeUrl ? [{ url: codeUrl, what: description, price: total }] : []))
    .toReversed()
}
