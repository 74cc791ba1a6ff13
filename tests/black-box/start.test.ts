import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, stat, truncate, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { onTestFinished, expect, test, vi } from 'vitest'
import { least, weCom, withGroups } from '../config/environments.ts'
import { openOutside } from './outside.ts'
import { failingStart, startServerProcess } from './server-process.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

test('Ops: an incomplete and malformed configuration is told whole, without a value, and ends with 1', async () => {
  const { folder } = await openOutside()
  const wrong = { ...withGroups, PORT: 'secret-value', IDENTITY_SECRET: 'secret-value', OA_CALLBACK_AES_KEY: 'secret-value', SHOP_APP_SECRET: '' }
  const [nothing, malformed] = await Promise.all([failingStart({}, folder), failingStart(wrong, folder)])
  expect(nothing.code).toBe(1)
  for (const name of ['PUBLIC_URL', 'SESSION_SECRET', ...Object.keys(weCom)]) expect(nothing.stderr).toMatch(new RegExp(`^${name} `, 'm'))

  const { code, stderr, stdout } = malformed
  expect(code).toBe(1)
  expect(stderr.trim().split('\n').map((line) => line.split(' ')[0]).toSorted()).toEqual([
    'IDENTITY_SECRET', 'OA_CALLBACK_AES_KEY', 'PORT', 'SHOP_APP_SECRET',
  ])
  expect(stderr + stdout).not.toContain('secret-value')
  expect(await readdir(folder)).toEqual([])
})

test('Ops: a port that is taken is told in one sentence', async () => {
  const { env, folder } = await openOutside()
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, resolve))
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  const { code, stderr } = await failingStart({ ...env, PORT: String(port) }, folder)
  expect(code).toBe(1)
  expect(oneSentence(stderr)).toMatch(new RegExp(`^PORT ${port} is in use`))
})

test('Ops: a MONGODB_URI that nobody answers at is told in one sentence', async () => {
  const { env, folder } = await openOutside()
  const { code, stderr } = await failingStart({ ...env, MONGODB_URI: 'mongodb://operator:secret-value@127.0.0.1:1/crm' }, folder)
  expect(code).toBe(1)
  expect(oneSentence(stderr)).toMatch(/store/)
  expect(stderr).not.toContain('secret-value')
})

test('Ops I2: a foreign, a damaged and an unusable data directory are refused in one sentence and left as they are', async () => {
  const { env, folder, dataDir, start, enginePid } = await openOutside()
  const foreign = join(folder, 'foreign')
  await mkdir(foreign)
  await writeFile(join(foreign, 'thesis.txt'), 'years of work')
  const file = join(foreign, 'thesis.txt')

  const server = await start()
  const engine = enginePid()
  await server.stop()
  await vi.waitFor(() => expect(() => process.kill(engine, 'SIGTERM')).toThrow('ESRCH'), { timeout: 30_000 })
  await truncate(join(dataDir, 'data.mdb'), 1000)

  const cases = [
    [foreign, /foreign is not empty and not ours/],
    [dataDir, /is damaged/],
    [file, /is not a directory/],
    // Root may write anywhere but here.
    ...(process.platform === 'linux' ? [['/sys/store-of-ours', /cannot be written/] as const] : []),
  ] as const
  const before = await Promise.all(cases.map(([path]) => contentOf(path)))
  const ends = await Promise.all(cases.map(([path]) => failingStart({ ...env, DATA_DIR: path }, folder)))
  for (const [index, [path, words]] of cases.entries()) {
    expect(ends[index]?.code).toBe(1)
    expect(oneSentence(ends[index]?.stderr ?? '')).toMatch(words)
    expect(await contentOf(path)).toEqual(before[index])
  }
})

test('Ops: groups that are left out answer 404, and the rest goes on', async () => {
  const { tencent, env, start } = await openOutside()
  const { account, shop, miniProgram, corpId } = tencent.brand
  const left = Object.fromEntries(Object.keys(env).filter((name) => /^(OA|SHOP|MINIPROGRAM)_/.test(name)).map((name) => [name, '']))
  const { url } = await start(left)
  const asked = [
    `/webhooks/official-account/${account.appId}`,
    `/webhooks/wechat-shop/${shop.appId}`,
    `/webhooks/mini-program/${miniProgram.appId}`,
    `/beacon/${miniProgram.appId}/session`,
    `/beacon/${account.appId}`,
  ]
  for (const path of asked) expect([path, (await fetch(url + path, { method: 'POST', body: '{}' })).status]).toEqual([path, 404])
  expect((await fetch(`${url}/webhooks/wecom/${corpId}`, { method: 'POST', body: '' })).status).not.toBe(404)
  expect((await tencent.verifiesUrl('wecom')).right).toBe(true)
})

test('Ops: .env beside the server is read, and the environment wins over it', async () => {
  const { env, folder, tencent } = await openOutside()
  const { PUBLIC_URL: _, ...rest } = env
  await writeFile(join(folder, '.env'), `# a comment\nPUBLIC_URL=https://from-the-file.test\nPORT=1\nSESSION_SECRET="${least.SESSION_SECRET}"\n`)
  const server = await startServerProcess(rest, folder)
  expect(server.lines.find(({ msg }) => String(msg).startsWith('ready'))).toMatchObject({ url: 'https://from-the-file.test' })
  expect(new URL(server.url).port).not.toBe('1')
  tencent.connect(server.url)
  expect((await tencent.verifiesUrl('wecom')).right).toBe(true)
})

/** What was said, which must be one line without a stack. */
function oneSentence(stderr: string): string {
  const lines = stderr.trim().split('\n')
  expect(lines).toHaveLength(1)
  return lines[0] ?? ''
}

/** Names and digests of what is kept under a path (locks and logs are not); a file's own digest; null for nothing. */
async function contentOf(path: string): Promise<unknown> {
  const found = await stat(path).catch(() => null)
  if (!found) return null
  if (!found.isDirectory()) return found.isFile() ? createHash('sha256').update(await readFile(path)).digest('hex') : 'other'
  const names = (await readdir(path)).filter((name) => !/^(engine\.\w+|data\.mdb-lock)$/.test(name)).toSorted()
  return Promise.all(names.map(async (name) => [name, await contentOf(join(path, name))]))
}
