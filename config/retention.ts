import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { periods, usualDays, type RetentionDays } from '../server/domain/retention.ts'
import type { Problems } from './checks.ts'

const shape = z.strictObject(Object.fromEntries(periods.map(({ kind, least, most }) => [kind, z.int().min(least).max(most).optional()])))

/**
 * Days per kind of data from RETENTION_FILE (config/retention.json): a kind left out has its usual days.
 * Problems name the kind and its bounds.
 */
export function retentionConfig(check: Problems): RetentionDays {
  const path = check.text('RETENTION_FILE', '') || shippedFile()
  const name = String(path).split('/').at(-1) ?? 'retention.json'
  const read = readJson(path)
  if (read === undefined) {
    check.problems.push(`RETENTION_FILE ${name} must be a JSON file`)
    return usualDays
  }
  const parsed = shape.safeParse(read)
  if (parsed.success) return { ...usualDays, ...(parsed.data as Partial<RetentionDays>) }
  for (const { path: place, message, code } of parsed.error.issues) {
    const bounds = periods.find(({ kind }) => kind === place[0])
    const rule = bounds ? `must be whole days from ${bounds.least} to ${bounds.most}` : message
    check.problems.push(`${name} ${place.join('.') || (code === 'unrecognized_keys' ? 'file' : 'days')}: ${rule}`)
  }
  return usualDays
}

/** The file that the brand edits stays in config/; the compiled server in dist/config finds it there too. */
function shippedFile(): URL {
  const beside = new URL('retention.json', import.meta.url)
  return existsSync(beside) ? beside : new URL('../../config/retention.json', import.meta.url)
}

function readJson(path: URL | string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
