import type { Locked, LockedEntry } from '../ports/privacy.ts'

export interface LockedMoneyDeps {
  locked: Pick<Locked, 'list'>
  write: (text: string) => void
}

/** `npm run privacy -- locked`: what law obliges to keep of the erased, by its own numbers; nothing says whose it was (C4). */
export async function showLocked({ locked, write }: LockedMoneyDeps, limit: number): Promise<true> {
  const found = await locked.list(limit)
  write(found.length > 0 ? found.map(lineOf).join('') : 'nothing is locked away\n')
  return true
}

/** `2026-03-02T02:00:00Z  wechat-pay paid  2599.00  order P1  transaction 42…  refunded 10.00`. */
function lineOf({ lockedAt, kind, content, refunds }: LockedEntry): string {
  const { source, kind: what, orderNo, transactionId, amount, at, paidAt } = content
  const when = [at, paidAt, lockedAt].find((one): one is Date => one instanceof Date) ?? lockedAt
  const numbers = Object.entries({ order: orderNo, transaction: transactionId })
  const parts = [
    `${when.toISOString().slice(0, 19)}Z`,
    kind === 'payment' ? 'payment asked for' : `${String(source)} ${String(what)}`,
    yuan(amount),
    ...numbers.map(([name, number]) => (number ? `${name} ${String(number)}` : '')),
    ...refunds.map((refund) => `refunded ${yuan(refund.amount)}`),
  ]
  return `${parts.filter((part) => part !== '').join('  ')}\n`
}

function yuan(amount: unknown): string {
  return typeof amount === 'number' ? (amount / 100).toFixed(2) : ''
}
