import type { Stores } from '../../server/adapters/mongo/connect.ts'
import type { OpenId, PersonId } from '../../server/domain/ids.ts'
import { noReasons } from '../../server/domain/link-state.ts'
import { emptyChain } from '../../server/domain/share-chain.ts'
import { lin, mei, minute, openid } from './samples.ts'

/** Calls every method of the stores behind share chains and the link rate, in each form that makes a query of its own. */
export async function useChains({ shareChains, linkRates }: Stores): Promise<void> {
  for (const after of [null, 'a']) await shareChains.readers('c1', after, 10)
  for (const after of [null, '0'.repeat(24)]) await shareChains.sharesOf('c1', after, 10)
  await shareChains.anonymousOf('c1')
  await shareChains.lastNoted('c1')
  await shareChains.bySharers([openid('lin')], 10)
  await shareChains.byCopies(['s1'], 10)
  const counted = { contentId: 'c1', chain: emptyChain, countedAt: minute(0) }
  await shareChains.keep('c1', [{ ...counted, of: { whole: true } }, { ...counted, of: { whole: false, staffId: mei } }])
  await shareChains.keep('c1', [{ ...counted, of: { whole: true } }])
  await shareChains.counted(['c1'])
  for (const after of [null, 'a']) {
    await linkRates.peopleAfter(after as PersonId | null, 10)
    await linkRates.contactsAfter(after as typeof lin | null, 10)
    await linkRates.followersAfter(after as OpenId | null, 10)
  }
  await linkRates.unionIdsSeen()
  await linkRates.snapshots()
  const rate = { at: minute(0), people: 1, linked: 1, reasons: noReasons, paused: 0, snapshots: 0 }
  for (const day of ['2026-03-01', '2026-03-02', '2026-03-03']) await linkRates.keep(day, rate, 2)
  await linkRates.kept(10)
}
