import { existsSync } from 'node:fs'

/** Where Debian and others put Chromium or Chrome; null when there is none. */
export const chromiumPath =
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'].find(existsSync) ?? null
