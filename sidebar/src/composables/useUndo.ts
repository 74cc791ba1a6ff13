import { onUnmounted, shallowRef, type ShallowRef } from 'vue'
import type { AlertView, FeedbackAnswer, FeedbackRequest } from '../../../server/http/contract.ts'
import { feedbackPath, type Problem } from '../api.ts'
import { useParts } from '../parts.ts'

export type Verdict = Exclude<FeedbackRequest['action'], 'undo'>

/** An alert that the member has just dealt with. */
export interface Settled {
  alert: AlertView
  verdict: Verdict
  undoable: boolean
  /** The question why (没用 only) is still open. */
  asking: boolean
}

/** How long 撤销 is offered. */
const undoMs = 5_000
/** How long the optional question stays when nobody answers it. */
const askMs = 12_000
/** How long 谢谢 stays after the answer. */
const thanksMs = 1_500

export interface Undo {
  settled: ShallowRef<Settled | null>
  settle(alert: AlertView, verdict: Verdict): Promise<void>
  /** Answers the question why; an empty reason leaves it out. */
  explain(reason: string): Promise<void>
  undo(): Promise<void>
  forget(): void
}

interface UndoDeps {
  /** The server is silent: the action is kept and will be submitted. */
  onSilence(problem: Problem): void
  /** The alert may leave the page. */
  onDone(settled: Settled): void
}

/** 跟进中, 稍后 and 没用 in one tap, each taken back for five seconds. */
export function useUndo({ onSilence, onDone }: UndoDeps): Undo {
  const { api, queue, snack } = useParts()
  const settled = shallowRef<Settled | null>(null)
  let timers: ReturnType<typeof setTimeout>[] = []

  function forget(): void {
    for (const timer of timers) clearTimeout(timer)
    timers = []
    settled.value = null
  }
  function later(ms: number, act: (now: Settled) => void): void {
    timers.push(setTimeout(() => settled.value && act(settled.value), ms))
  }
  /** False when the server said a final no. */
  async function submit(alertKey: string, request: FeedbackRequest): Promise<boolean> {
    const path = feedbackPath(alertKey)
    const answer = await api.act<FeedbackAnswer>(path, request)
    if (answer.ok) return true
    if (!['offline', 'server-down', 'signed-out'].includes(answer.problem.reason)) {
      snack.say(answer.problem.message || '这条没记上，请再点一次。')
      return false
    }
    queue.add(path, request)
    onSilence(answer.problem)
    return true
  }
  async function settle(alert: AlertView, verdict: Verdict): Promise<void> {
    forget()
    const asking = verdict === 'not-useful'
    settled.value = { alert, verdict, undoable: true, asking }
    later(undoMs, (now) => (settled.value = { ...now, undoable: false }))
    later(asking ? askMs : undoMs, onDone)
    if (!(await submit(alert.key, { action: verdict })) && settled.value?.alert.key === alert.key) forget()
  }
  async function explain(reason: string): Promise<void> {
    const now = settled.value
    if (!now) return
    for (const timer of timers) clearTimeout(timer)
    settled.value = { ...now, undoable: false, asking: false }
    later(thanksMs, onDone)
    if (reason !== '') await submit(now.alert.key, { action: now.verdict, reason })
  }
  async function undo(): Promise<void> {
    const now = settled.value
    if (!now) return
    const path = feedbackPath(now.alert.key)
    if (!queue.remove(path)) {
      const answer = await api.act<FeedbackAnswer>(path, { action: 'undo' })
      if (!answer.ok) {
        snack.say(answer.problem.message || '没撤销成，请再点一次。')
        return
      }
    }
    forget()
  }
  onUnmounted(forget)
  return { settled, settle, explain, undo, forget }
}
