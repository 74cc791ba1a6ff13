/**
 * What an errcode asks of us. retry-later: the same request may succeed after a pause. configuration: nothing helps
 * until an operator changes something in a console or in our environment. permanent: this very request never succeeds.
 */
export type RefusalKind = 'retry-later' | 'permanent' | 'configuration'

/**
 * Busy, conflicting, too often, or a token renewed meanwhile; 45029 and 50100 mean smaller pages and a fresh cursor.
 * Source: document/path/90313 and the Official Account's list of return codes.
 */
const retryLater: ReadonlySet<number> = new Set([
  -1, 6000, 40014, 41063, 41096, 42001, 45009, 45011, 45029, 45033, 45035, 45036, 50100,
])

/** Secrets, rights, ranges of IPs, agentid, domains: an operator's work. */
const configuration: ReadonlySet<number> = new Set([
  40001, 40013, 40056, 40093, 40125, 40164, 41001, 41002, 41004, 41057, 42012, 43012, 48001, 48002, 48006, 48011, 50001,
  50002, 50003, 60020, 301002, 301007, 846000,
])

/** 60011, 60021, 60030, 92000: outside the visible range of the app, which an operator can widen (document/path/90313). */
export function isOutsideRange({ errcode }: { errcode: number }): boolean {
  return [60011, 60021, 60030, 92000].includes(errcode)
}

/** What to do about a TencentRefused. A code that we do not know is permanent: it is shown, never repeated blindly. */
export function refusalKind(errcode: number): RefusalKind {
  if (retryLater.has(errcode)) return 'retry-later'
  return configuration.has(errcode) ? 'configuration' : 'permanent'
}
