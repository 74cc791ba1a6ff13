import type { Router } from '@koa/router'
import { z } from 'zod'
import type { ExternalUserId } from '../domain/ids.ts'
import type { Payment } from '../domain/payment.ts'
import type { Clock } from '../ports/clock.ts'
import type { CreatePayment, ListPayments } from '../usecases/create-payment.ts'
import type { PaymentListView, PaymentView } from './contract.ts'
import { parse } from './parse.ts'
import type { Sessions } from './session.ts'

export interface PaymentRoutesDeps {
  sessions: Sessions
  createPayment: CreatePayment
  listPayments: ListPayments
  publicUrl: string
  clock: Clock
}

const request = z.strictObject({
  amount: z.int(),
  description: z.string().max(1000),
  alertKey: z.string().max(2000).optional(),
})

/** A salesperson asks a customer to pay, and sees what became of it (A4). */
export function paymentRoutes(router: Router, deps: PaymentRoutesDeps): void {
  const { sessions, publicUrl, clock } = deps

  router.get('/customers/:externalUserId/payments', async (ctx) => {
    const { staffId } = sessions.require(ctx)
    const payments = await deps.listPayments(staffId, ctx.params.externalUserId as ExternalUserId)
    const body: PaymentListView = {
      now: clock.now().getTime(),
      payments: payments.map((payment) => paymentView(payment, publicUrl, clock.now())),
    }
    ctx.body = body
  })

  router.post('/customers/:externalUserId/payments', async (ctx) => {
    const { staffId } = sessions.require(ctx)
    const { amount, description, alertKey = null } = parse(request, ctx.request.body)
    const externalUserId = ctx.params.externalUserId as ExternalUserId
    const payment = await deps.createPayment(staffId, { externalUserId, amount, description, alertKey })
    ctx.status = 201
    ctx.body = paymentView(payment, publicUrl, clock.now())
  })
}

function paymentView(payment: Payment, publicUrl: string, now: Date): PaymentView {
  const { id, amount, description, way, codeUrl, createdAt, expiresAt, paidAt, refunds } = payment
  const state = stateOf(payment, now)
  const isOpen = state === 'open'
  return {
    id,
    amount,
    description,
    state,
    refunded: refunds.reduce((sum, refund) => sum + refund.amount, 0),
    url: isOpen && way.kind === 'link' ? `${publicUrl}/pay/${id}` : null,
    code: isOpen ? codeUrl : null,
    createdAt: createdAt.getTime(),
    expiresAt: expiresAt.getTime(),
    paidAt: paidAt?.getTime() ?? null,
  }
}

/** A payment whose making was cut off was never shown to anybody; one past its end cannot be paid any more. */
function stateOf({ state, expiresAt }: Payment, now: Date): PaymentView['state'] {
  if (state === 'making') return 'failed'
  return state === 'open' && now >= expiresAt ? 'closed' : state
}
