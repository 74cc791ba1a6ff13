import { alongWith, periods, type RetentionDays } from '../domain/retention.ts'
import type { Retention } from '../ports/retention.ts'

export interface PeriodsDeps {
  retention: Pick<Retention, 'lastRun'>
  days: RetentionDays
  write: (text: string) => void
}

/** `npm run privacy -- periods`: every kind of data, how long it is kept, and what the last daily run removed (C6). */
export async function showPeriods({ retention, days, write }: PeriodsDeps): Promise<true> {
  const last = await retention.lastRun()
  write(last ? `last run ${last.at.toISOString().slice(0, 19)}Z\n` : 'no run yet: the server runs it every night\n')
  write(row('kind', 'period', 'removed', ''))
  for (const { kind, what } of periods) {
    write(row(kind, `${days[kind]} d`, last ? String(last.removed[kind] ?? 0) : '-', `${what.zh} · ${what.en}`))
  }
  for (const { what, until } of alongWith) write(`${what.zh} · ${what.en}: ${until.zh} · ${until.en}\n`)
  return true
}

function row(kind: string, period: string, removed: string, what: string): string {
  return `${kind.padEnd(19)} ${period.padEnd(7)} ${removed.padEnd(8)} ${what}`.trimEnd() + '\n'
}
