import type { Reporter, TestModule } from 'vitest/node'

/** Ends the run with the plain line `N passed, N failed` (`, N skipped` where some were). */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string) => tests.filter((test) => test.result().state === state).length
    const broken = modules.filter((module) => module.state() === 'failed' && [...module.children.allTests('failed')].length === 0).length
    const failed = count('failed') + broken + errors.length
    const skipped = count('skipped')
    setImmediate(() => console.log(`${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`))
  }
}
