import type { AlertWording } from '../domain/decide-alert.ts'
import type { StaffId } from '../domain/ids.ts'
import { wallClock } from '../domain/local-time.ts'
import { generalSentences, greetingAt } from '../domain/sentences.ts'
import type { Clock } from '../ports/clock.ts'
import type { StaffDirectory } from '../ports/staff.ts'

/** Sentences for a chat in which WeCom names no customer (the attachment menu, a group). */
export function createProposeSentences(deps: { staffDirectory: Pick<StaffDirectory, 'get'>; wording: AlertWording; clock: Clock }) {
  const { staffDirectory, wording, clock } = deps
  return async function proposeSentences(staffId: StaffId): Promise<readonly string[]> {
    const staff = (await staffDirectory.get(staffId))?.name ?? null
    return generalSentences(wording.sentences, staff, greetingAt(clock.now(), wallClock(wording.timeZone)))
  }
}
