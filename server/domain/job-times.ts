import { momentAt } from './local-time.ts'

/** When a repeated job is due: once a day at a minute of the local day, or once an hour at a minute past. */
export type JobTimes = { daily: number } | { hourly: number }

const hourMs = 60 * 60_000

/** Whether the last run that ended well began before the last moment that the times name; so is a job that never ran. */
export function isJobDue(times: JobTimes, lastRun: Date | null, now: Date, timeZone: string): boolean {
  return lastRun === null || lastRun < lastMoment(times, now, timeZone)
}

function lastMoment(times: JobTimes, now: Date, timeZone: string): Date {
  if ('hourly' in times) {
    const past = times.hourly * 60_000
    return new Date(Math.floor((now.getTime() - past) / hourMs) * hourMs + past)
  }
  const today = momentAt(now, 0, times.daily, timeZone)
  return today <= now ? today : momentAt(now, -1, times.daily, timeZone)
}
