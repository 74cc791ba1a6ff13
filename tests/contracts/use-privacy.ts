import type { Stores } from '../../server/adapters/mongo/connect.ts'
import type { Fen, PersonId } from '../../server/domain/ids.ts'
import { silenced, sinceEver, type Fingerprint } from '../../server/domain/recording.ts'
import type { Erasure, ErasureSubject } from '../../server/ports/privacy.ts'
import { external, lin, minute, openid } from './samples.ts'

export const print = (text: string) => text as Fingerprint
const silence = { why: 'paused', from: minute(0), to: null, asked: minute(0) } as const

/** A subject with everything that one may have. */
export function subject(over: Partial<ErasureSubject> = {}): ErasureSubject {
  const others = { others: [], othersContacts: [] }
  return { keys: [openid('lin'), external('lin')], externalUserIds: [lin], personIds: ['p1' as PersonId], names: ['林小姐'], ...others, ...over }
}

/** A stored wish. */
export function erasure(id: string, over: Partial<Erasure> = {}): Erasure {
  return {
    id,
    reason: 'request',
    scope: 'person',
    by: 'customer',
    key: external('lin'),
    print: print('lin'),
    state: 'scheduled',
    requestedAt: minute(0),
    dueAt: minute(0),
    endedAt: null,
    subject: null,
    steps: [],
    place: null,
    erased: {},
    ...over,
  }
}

/** Calls every method of the stores behind pausing and erasing, in each form that makes a query of its own. */
export async function usePrivacy({ marks, erasures, locked, eraser }: Stores): Promise<void> {
  await marks.change([print('a')], (mark, own) => silenced(mark, own, 'g1', silence))
  await marks.change([print('a')], (mark, own) => silenced(mark, own, 'g2', { ...silence, from: sinceEver, why: 'erased' }))
  await marks.find([print('a')])
  await marks.ofGroup('g2')
  await erasures.add(erasure('e1'))
  await erasures.due(minute(0), 10)
  await erasures.save('e1', { state: 'done', key: null })
  await erasures.of(print('lin'))
  await erasures.list(10)
  await locked.put([{ id: 'pay:1', print: print('lin'), kind: 'payment', lockedAt: minute(0), content: { amount: 1 } }])
  const refund = { key: 'r', at: minute(0), kind: 'refunded', paymentKey: 'pay:1', refundId: 'r1', orderNo: '1', transactionId: '1', amount: 1 as Fen } as const
  await locked.addRefund(refund)
  await locked.list(1)
  await eraser.kept(subject())
  for (const scope of ['events', 'identity', 'person'] as const) await eraser.own(subject({ othersContacts: [lin], others: [openid('x')] }), scope, minute(0))
  for (let place = (await eraser.sweep([subject()], null)).next; place; ) place = (await eraser.sweep([subject()], place)).next
  await eraser.sweep([subject()], { name: 'timeline', id: '"a"' })
  await eraser.search(['nowhere'])
  for await (const keys of eraser.identities()) void keys
}
