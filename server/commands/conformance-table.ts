/** One thing that was looked at. */
export interface Check {
  name: string
  /** `not seen`: the other side did nothing by which it could be told. */
  result: 'PASS' | 'FAIL' | 'not seen'
  /** What is wrong, or what was seen. */
  note: string
}

/** Result, name and note of each check, one line each. */
export function tableOf(checks: readonly Check[]): string {
  const width = Math.max(0, ...checks.map(({ name }) => name.length))
  const lines = checks.map(({ name, result, note }) => `${result.padEnd(8)}  ${name.padEnd(width)}  ${note}`.trimEnd())
  const failed = checks.filter(({ result }) => result === 'FAIL').length
  const unseen = checks.filter(({ result }) => result === 'not seen').length
  const sum = `${checks.length - failed - unseen} passed, ${failed} failed${unseen > 0 ? `, ${unseen} not seen` : ''}`
  return [...lines, '', sum, ''].join('\n')
}

/** Whether all is well. */
export function allPass(checks: readonly Check[]): boolean {
  return checks.every(({ result }) => result === 'PASS')
}
