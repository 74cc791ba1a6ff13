import { shallowRef, type ShallowRef } from 'vue'
import type { PaymentRequest, PaymentView } from '../../../server/http/contract.ts'
import type { Problem } from '../api.ts'
import { useParts } from '../parts.ts'
import { useLive } from './useLive.ts'

/** The payments of one customer, as far as the page has asked. */
export type PaymentsState =
  { kind: 'loading' } | { kind: 'failed'; problem: Problem } | { kind: 'ready'; payments: readonly PaymentView[] }

export interface Payments {
  state: ShallowRef<PaymentsState>
  /** Why the last payment was not made; null when it was. */
  refused: ShallowRef<Problem | null>
  busy: ShallowRef<boolean>
  load(): Promise<void>
  /** Makes a payment; null when it could not be made. */
  ask(request: PaymentRequest): Promise<PaymentView | null>
}

/** What this customer was asked to pay, kept live while the page is open. */
export function usePayments(customerId: string): Payments {
  const { api } = useParts()
  const state = shallowRef<PaymentsState>({ kind: 'loading' })
  const refused = shallowRef<Problem | null>(null)
  const busy = shallowRef(false)
  let wanted = false

  async function load(): Promise<void> {
    wanted = true
    const answer = await api.payments(customerId)
    if (answer.ok) state.value = { kind: 'ready', payments: answer.value.payments }
    else if (state.value.kind !== 'ready') state.value = { kind: 'failed', problem: answer.problem }
  }
  const again = () => {
    if (wanted) void load()
  }
  useLive({
    message(message) {
      if (message.customer === customerId) again()
    },
    caughtUp: again,
  })

  async function ask(request: PaymentRequest): Promise<PaymentView | null> {
    if (busy.value) return null
    busy.value = true
    refused.value = null
    const answer = await api.askForPayment(customerId, request)
    busy.value = false
    if (!answer.ok) {
      refused.value = answer.problem
      return null
    }
    await load()
    return answer.value
  }
  return { state, refused, busy, load, ask }
}
