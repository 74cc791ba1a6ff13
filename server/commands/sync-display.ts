import { wordsOfRefusal } from '../domain/refusal-words.ts'
import type { SyncWatchers } from '../compose-sync.ts'
import type { Log } from '../ports/log.ts'
import type { StageOutcome } from '../ports/sync-progress.ts'
import { stageNames, type StageName, type SyncSummary } from '../usecases/synchronise.ts'

const titles: Readonly<Record<StageName, string>> = {
  contacts: '外部联系人 contacts',
  members: '成员与部门 members',
  tags: '企业标签 tags',
  followers: '公众号粉丝 followers',
}
const drawEveryMs = 100
const logEveryMs = 10_000
/** The rate is that of the last ten seconds: a restart's pages and a limit's pause do not blur it. */
const rateOverMs = 10_000
const barWidth = 24

/** Where a stage stands, for a line of text. */
export interface Standing {
  read: number
  total: number | null
  /** null: not known yet. */
  perSecond: number | null
}

/** `外部联系人 contacts  [######------------------]  25 %  25,000/100,000  1,950/s  剩余 0:38 left`. */
export function progressLine(stage: StageName, { read, total, perSecond }: Standing): string {
  const rate = perSecond === null ? '' : `  ${count(Math.round(perSecond))}/s`
  if (total === null || total === 0 || read > total) return `${titles[stage]}  ${count(read)}${rate}`
  const done = Math.floor((read / total) * barWidth)
  const bar = '#'.repeat(done) + '-'.repeat(barWidth - done)
  const left = perSecond ? `  剩余 ${clockText((total - read) / perSecond)} left` : ''
  return `${titles[stage]}  [${bar}]  ${Math.floor((100 * read) / total)} %  ${count(read)}/${count(total)}${rate}${left}`
}

interface Display {
  watch: SyncWatchers
  /** Nothing more is drawn. */
  end(): void
}

/** Counts what a stage has read over the last seconds. */
function rateMeter(nowMs: () => number) {
  let samples: { at: number; read: number }[] = []
  return {
    reset: () => (samples = []),
    perSecond(read: number): number | null {
      const at = nowMs()
      samples = [...samples.filter((one) => at - one.at < rateOverMs), { at, read }]
      const [first] = samples
      if (!first || at - first.at < 500) return null
      return Math.max(0, (1000 * (read - first.read)) / (at - first.at))
    },
  }
}

/** For a terminal: one line that is drawn again and again, and one that stays for each stage. `nowMs`: machine time. */
export function terminalDisplay(out: { write(text: string): unknown; columns?: number }, nowMs: () => number): Display {
  const meter = rateMeter(nowMs)
  let drawnAt = -Infinity
  const draw = (text: string) => out.write(`\r\x1b[K${text.slice(0, (out.columns ?? 120) - 12)}`)
  const stay = (text: string) => out.write(`\r\x1b[K${text}\n`)
  return {
    watch: {
      begins(stage) {
        meter.reset()
        draw(titles[stage])
      },
      moved(stage, read, total) {
        if (nowMs() - drawnAt < drawEveryMs) return
        drawnAt = nowMs()
        draw(progressLine(stage, { read, total, perSecond: meter.perSecond(read) }))
      },
      ended: (stage, outcome, resumed) => stay(endLine(stage, outcome, resumed)),
      failed: (stage, api, errcode) => stay(failLine(stage, api, errcode)),
      waits: (ms, errcode) => stay(waitLine(ms, errcode)),
    },
    end: () => void out.write('\r\x1b[K'),
  }
}

/** Elsewhere: a log line every ten seconds, and one for each stage. */
export function logDisplay(log: Log, nowMs: () => number): Display {
  const meter = rateMeter(nowMs)
  let loggedAt = nowMs()
  return {
    watch: {
      begins(stage) {
        meter.reset()
        log.info({ stage }, 'synchronising')
      },
      moved(stage, read, total) {
        const perSecond = meter.perSecond(read)
        if (nowMs() - loggedAt < logEveryMs) return
        loggedAt = nowMs()
        const left = total !== null && perSecond ? { secondsLeft: Math.round(Math.max(0, total - read) / perSecond) } : {}
        log.info({ stage, read, total, perSecond: perSecond && Math.round(perSecond), ...left }, 'synchronising')
      },
      ended: (stage, { read, changed, refused }, resumed) => log.info({ stage, read, changed, refused: refused.length, resumed }, 'stage synchronised'),
      failed: () => {},
      waits: () => {},
    },
    end: () => {},
  }
}

/** What the command says in the end: a line a stage, and a sentence for each refusal. */
export function summaryLines({ stages, failed }: SyncSummary): string[] {
  return stageNames.flatMap((name) => {
    const outcome = stages[name]
    if (!outcome) return failed.includes(name) ? [`${titles[name]}  未完成，下次继续 · not finished, goes on with the next run`] : []
    return [endLine(name, outcome, false), ...refusalLines(outcome)]
  })
}

/** 0: all was read. 2: something was refused and left out. 1: something is not finished. */
export function exitCodeOf({ stages, failed }: SyncSummary): 0 | 1 | 2 {
  if (failed.length > 0) return 1
  return Object.values(stages).some(({ refused }) => refused.length > 0) ? 2 : 0
}

/** One line for each kind of refusal, however many members it was about. */
function refusalLines({ refused }: StageOutcome): string[] {
  const kinds = new Map<string, StageOutcome['refused'][number][]>()
  for (const one of refused) kinds.set(`${one.api} ${one.errcode}`, [...(kinds.get(`${one.api} ${one.errcode}`) ?? []), one])
  return [...kinds].map(([kind, list]) => {
    const { zh, en } = wordsOfRefusal(list[0]?.errcode ?? 0)
    const about = list.flatMap((one) => one.about ?? [])
    const whom = about.length > 0 ? ` [${about.slice(0, 5).join(', ')}${about.length > 5 ? ` +${about.length - 5}` : ''}]` : ''
    return `  ! 跳过 left out${whom}: ${zh} · ${en} (${kind})`
  })
}

function endLine(stage: StageName, { read, changed }: StageOutcome, resumed: boolean): string {
  const before = resumed ? '  (上次已完成 · finished before)' : ''
  return `${titles[stage]}  已读 ${count(read)} read, 变化 ${count(changed)} changed${before}`
}

function failLine(stage: StageName, api: string, errcode: number | null): string {
  if (errcode === null) return `${titles[stage]}  ! 腾讯没有应答 · Tencent does not answer (${api})`
  const { zh, en } = wordsOfRefusal(errcode)
  return `${titles[stage]}  ! ${zh} · ${en} (${api} ${errcode})`
}

function waitLine(ms: number, errcode: number | null): string {
  const why = errcode === null ? '腾讯没有应答 · no answer' : `${wordsOfWait(errcode)} (${errcode})`
  return `  … ${why}：等待 ${clockText(ms / 1000)} waiting`
}

function wordsOfWait(errcode: number): string {
  if (errcode === 45033) return '同时调用过多 · too many calls at once'
  return errcode === -1 || errcode === 6000 ? '系统繁忙 · busy' : '调用过于频繁 · called too often'
}

function count(number: number): string {
  return number.toLocaleString('en')
}

/** `1:05`, `1:02:05`. */
function clockText(seconds: number): string {
  const whole = Math.round(seconds)
  const two = (part: number) => String(part).padStart(2, '0')
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}
