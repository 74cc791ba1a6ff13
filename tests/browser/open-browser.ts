import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { test } from 'vitest'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const packages = ['chromium', 'fonts-noto-cjk']
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false // not there, or not ours to run
  }
}

function find(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin']
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(executable) ?? null
}

/** Debian's Chromium with Chinese fonts, where we may install it. */
function install(): void {
  const root = process.getuid?.() === 0
  if (!root || spawnSync('apt-get', ['--version']).status !== 0) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-q'], { env })
  spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env })
}

function findOrInstall(): string | null {
  const found = find()
  if (found) return found
  install()
  return find()
}

/** Path of Chromium or Chrome; installed first if need be and if we may (root, apt-get); null when there is none. */
export const browserPath: string | null = findOrInstall()

const missing = `browser stories need the package "${packages[0]}" (with "${packages[1]}"): apt-get install ${packages.join(' ')}`

if (browserPath === null) console.warn(missing)

type Story = ReturnType<typeof test.skipIf>

function toldIn(api: typeof test): Story {
  return api.skipIf(browserPath === null && process.env.CI !== 'true')
}

/** A test told in a browser: skipped on a machine without one, failed there under CI=true. */
export const story: Story = toldIn(test)

/** Starts the browser. @throws with one line that names the missing package */
export async function openBrowser(): Promise<Browser> {
  if (browserPath === null) throw new Error(missing)
  return chromium.launch({ executablePath: browserPath, headless: true, args: flags })
}
