import { openStates } from '../domain/alert.ts'
import { BadRequest, NotFound, PayRefused } from '../domain/errors.ts'
import { identityKey, type AppId, type ExternalUserId, type Fen, type OpenId, type StaffId } from '../domain/ids.ts'
import { amountLimits, longestDescription, nextQuestionAt, paymentLifeMs, type Payment } from '../domain/payment.ts'
import type { Clock } from '../ports/clock.ts'
import type { Alerts } from '../ports/outbox.ts'
import type { PaymentGateway, Payments } from '../ports/payments.ts'
import type { People } from '../ports/people.ts'
import type { FindMyCustomer } from './find-my-customer.ts'

export interface CreatePaymentDeps {
  findMyCustomer: FindMyCustomer
  people: People
  alerts: Alerts
  payments: Payments
  /** null: no merchant is configured. */
  paymentGateway: PaymentGateway | null
  /** The app under which payments are made, and whether our page can ask its users who they are. */
  payer: { appId: AppId; byLink: boolean } | null
  /** 32 hex digits that cannot be guessed. */
  newId: () => string
  clock: Clock
}

/** What a salesperson asks a customer to pay. */
export interface PaymentRequest {
  externalUserId: ExternalUserId
  amount: number
  description: string
  /** The alert that the payment answers: its items are what is paid for. */
  alertKey: string | null
}

export type CreatePayment = ReturnType<typeof createCreatePayment>
export type ListPayments = ReturnType<typeof createListPayments>

const mostAlerts = 50
const mostShown = 5

/**
 * A payment that one customer can make (A4). Where our page can tell who opens it and we know the customer there, it is
 * a link that only they can pay; else a code for the salesperson's screen. It is stored before WeChat Pay hears of it,
 * so that no notification finds it missing.
 */
export function createCreatePayment(deps: CreatePaymentDeps) {
  const { findMyCustomer, people, alerts, payments, newId, clock } = deps

  /** The customer's openid in the app of the payment, the one seen last; null: not known there. */
  async function openIdOf(externalUserId: ExternalUserId, appId: AppId): Promise<OpenId | null> {
    const key = identityKey({ kind: 'external', externalUserId })
    const prefix = `openid:${appId}:`
    const known =
      (await people.find([key])).get(key)?.identities.filter((identity) => identity.key.startsWith(prefix)) ?? []
    const last = known.toSorted((a, b) => b.since.getTime() - a.since.getTime())[0]
    return last ? (last.key.slice(prefix.length) as OpenId) : null
  }

  /** What is paid for: the items of the alert in view, else of every open alert about this customer's basket. */
  async function itemsFor({ externalUserId, alertKey }: PaymentRequest): Promise<readonly string[]> {
    const open = await alerts.about(externalUserId, openStates, mostAlerts)
    const meant = open.filter(({ key, rule }) => (alertKey === null ? rule !== 'order-paid' : key === alertKey))
    return [...new Set(meant.flatMap(({ items }) => items))]
  }

  async function register(gateway: PaymentGateway, payment: Payment): Promise<Payment> {
    try {
      const change =
        payment.way.kind === 'link'
          ? { prepayId: await gateway.createForUser(payment, payment.way.openId) }
          : { codeUrl: await gateway.createForScan(payment) }
      const open = await payments.change(payment.id, ['making'], { ...change, state: 'open' })
      return open ?? { ...payment, ...change, state: 'open' }
    } catch (error) {
      // After silence WeChat Pay may know it all the same: its state is asked for, and it ends by itself.
      if (error instanceof PayRefused) await payments.change(payment.id, ['making'], { state: 'failed', askAt: null })
      throw error
    }
  }

  /** @throws Denied (not-my-customer), NotFound (no merchant), BadRequest, PayRefused, TencentUnreachable */
  return async function createPayment(staffId: StaffId, request: PaymentRequest): Promise<Payment> {
    const { paymentGateway, payer } = deps
    if (!paymentGateway || !payer) throw new NotFound('merchant')
    const { externalUserId, amount } = request
    const description = wording(request)
    await findMyCustomer(staffId, externalUserId)
    const [openId, itemIds] = await Promise.all([
      payer.byLink ? openIdOf(externalUserId, payer.appId) : null,
      itemsFor(request),
    ])
    const createdAt = clock.now()
    const expiresAt = new Date(createdAt.getTime() + paymentLifeMs)
    const payment: Payment = {
      id: newId(),
      externalUserId,
      staffId,
      amount: amount as Fen,
      description,
      itemIds,
      appId: payer.appId,
      way: openId === null ? { kind: 'code' } : { kind: 'link', openId },
      state: 'making',
      prepayId: null,
      codeUrl: null,
      createdAt,
      expiresAt,
      askAt: nextQuestionAt({ expiresAt }, 0, createdAt),
      asked: 0,
      transactionId: null,
      paidAt: null,
      refunds: [],
    }
    await payments.add(payment)
    return register(paymentGateway, payment)
  }
}

/** The newest payments that somebody asked this customer for, for a member who follows them. */
export function createListPayments(deps: Pick<CreatePaymentDeps, 'findMyCustomer' | 'payments'>) {
  /** @throws Denied (not-my-customer) */
  return async function listPayments(staffId: StaffId, id: ExternalUserId): Promise<readonly Payment[]> {
    await deps.findMyCustomer(staffId, id)
    return deps.payments.of(id, mostShown)
  }
}

/** @throws BadRequest */
function wording({ amount, description }: PaymentRequest): string {
  const { least, most } = amountLimits
  if (!Number.isInteger(amount) || amount < least || amount > most)
    throw new BadRequest(`amount: must be ${least} to ${most} fen`)
  const words = description.trim().replaceAll(/[\s\p{Cc}]+/gu, ' ')
  if (words === '' || [...words].length > longestDescription) {
    throw new BadRequest(`description: must be 1 to ${longestDescription} characters`)
  }
  return words
}
