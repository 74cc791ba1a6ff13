import { inject, onMounted, onUnmounted, provide, shallowRef, type InjectionKey, type ShallowRef } from 'vue'
import type { SessionView } from '../../../server/http/contract.ts'
import type { Problem } from '../api.ts'
import { useParts } from '../parts.ts'
import type { Place, WeComTrouble } from '../wecom.ts'

/** Who is signed in and where the page was opened; content does not wait for it. */
export type SessionState =
  | { kind: 'asking' }
  | { kind: 'failed'; problem: Problem }
  /** Signed in, but WeCom does not say where we are. */
  | { kind: 'lost'; session: SessionView; trouble: WeComTrouble }
  | { kind: 'here'; session: SessionView; place: Place }

export interface Session {
  state: Readonly<ShallowRef<SessionState>>
  /** Asks again; what was known stays until the answer. */
  retry(): Promise<void>
}

/** A silent server is asked again after this. */
const againMs = 5_000

const sessionKey: InjectionKey<Session> = Symbol('session')

/** Signs in and finds the place, once for the whole app. Called by App.vue. */
export function provideSession(): Session {
  const { api, weCom, shelf, clock } = useParts()
  const state = shallowRef<SessionState>({ kind: 'asking' })

  let timer: ReturnType<typeof setTimeout> | undefined

  async function retry(): Promise<void> {
    clearTimeout(timer)
    if (state.value.kind === 'lost' && state.value.trouble.kind === 'silent') {
      // A question that WeCom swallowed pends in the SDK for ever, and all later ones wait behind it: only a fresh page
      // asks anew (seen with @wecom/jssdk 2.4.4).
      window.location.reload()
      return
    }
    const answer = await api.session()
    if (!answer.ok) {
      state.value = { kind: 'failed', problem: answer.problem }
      if (answer.problem.reason === 'server-down') timer = setTimeout(() => void retry(), againMs)
      return
    }
    const session = answer.value
    shelf.belongsTo(session.staff.id, session.mark ?? null)
    clock.set(session.now)
    if (session.timeZone) clock.zone.value = session.timeZone
    const told = await weCom.findPlace(session.weCom)
    state.value = told.ok
      ? { kind: 'here', session, place: told.value }
      : { kind: 'lost', session, trouble: told.trouble }
  }
  const backOnline = () => {
    if (state.value.kind === 'failed') void retry()
  }
  onMounted(() => window.addEventListener('online', backOnline))
  onUnmounted(() => {
    clearTimeout(timer)
    window.removeEventListener('online', backOnline)
  })
  const session = { state, retry }
  provide(sessionKey, session)
  return session
}

/** The session, for pages. @throws outside of App.vue */
export function useSession(): Session {
  const session = inject(sessionKey)
  if (!session) throw new Error('no session was provided')
  return session
}
