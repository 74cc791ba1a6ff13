import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import type { StaffId } from '../domain/ids.ts'
import { refusalKind } from '../domain/refusal.ts'
import type { Log } from '../ports/log.ts'
import type { StaffDirectory, StaffSignIn } from '../ports/staff.ts'
import { inParallel } from './in-parallel.ts'

export interface LearnNamesDeps {
  staffDirectory: StaffDirectory
  signIn: Pick<StaffSignIn, 'nameOf'>
  log: Log
}

export type LearnNames = ReturnType<typeof createLearnNames>

const namesAtOnce = 4

/**
 * Names for the sentences and for "whose customer is it". A name is a nicety: a member outside the visible range stays
 * without one, and a WeCom that does not answer, or grants us no user/get, is asked again with the next reading.
 */
export function createLearnNames({ staffDirectory, signIn, log }: LearnNamesDeps) {
  /** False: there is no use in asking for the others now. */
  async function learn({ staffId, userid }: { staffId: StaffId; userid: string }): Promise<boolean> {
    try {
      const name = await signIn.nameOf(userid)
      if (name) await staffDirectory.setName(staffId, name)
      return true
    } catch (error) {
      if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
      log.warn({ api: error.api, code: error.code }, 'name of a member not learnt')
      return error instanceof TencentRefused && refusalKind(error.errcode) === 'permanent'
    }
  }

  return {
    /** All who have no name yet. */
    async ofNameless(): Promise<void> {
      const nameless = (await staffDirectory.all()).filter((member) => member.name === null)
      let answers = true
      await inParallel(namesAtOnce, nameless, async (member) => {
        if (answers && !(await learn(member))) answers = false
      })
    },

    /** A member whose name may have changed, if we know them at all. */
    async again(id: StaffId): Promise<void> {
      const member = await staffDirectory.get(id)
      if (member) await learn(member)
    },
  }
}
