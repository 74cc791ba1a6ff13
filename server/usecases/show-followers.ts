import type { Contact } from '../domain/person.ts'
import type { Live } from '../ports/live.ts'

/** Open pages of whoever follows this customer look again (F5). */
export async function showFollowers(live: Live, { externalUserId, follows }: Contact): Promise<void> {
  const present = follows.filter(({ ended }) => ended === null)
  await live.publish(present.map(({ staffId }) => ({ staffId, kind: 'customer' as const, subject: externalUserId })))
}
