import { defineConfig } from 'vitest/config'
import LongestFirst from './tests/support/longest-first.ts'

/**
 * Everything under tests/; the store they share is started once (tests/support/engine-setup.ts). Files share their
 * worker's modules, which are loaded once: no file may leave a module, a global or the environment changed.
 */
export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/engine-setup.ts', 'tests/support/run-folder.ts'],
    pool: 'forks',
    maxWorkers: 2,
    isolate: false,
    unstubGlobals: true,
    sequence: { sequencer: LongestFirst },
    // Bounds for a machine that has much else to do; whatever is waited for ends the wait.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    reporters: ['default', './tests/support/closing-line.ts'],
  },
})
