import { defineConfig } from 'vitest/config'

/** Everything under tests/; the store they share is started once (tests/support/engine-setup.ts). */
export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/engine-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './tests/support/closing-line.ts'],
  },
})
