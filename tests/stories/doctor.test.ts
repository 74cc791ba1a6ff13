import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createPublicKey } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { wordsOf } from '../../server/domain/diagnosis-faults.ts'
import { exitCodeOf } from '../../server/domain/diagnosis.ts'
import type { ErrorAnswer } from '../../server/http/contract.ts'
import { markRestore } from '../../server/adapters/mongo/restore-mark.ts'
import { payKeys } from '../fake-tencent/pay/crypto.ts'
import { createBreaking, payment, type Broken } from '../support/break-set-up.ts'
import { databaseAt, diagnosed, openHealthyBrand, sees, toldBy } from '../support/doctor.ts'
import type { TestBrand } from '../support/open-brand.ts'
import { pageOf, signedIn } from '../support/page.ts'
import { commandOf } from '../support/product-command.ts'
import { testDatabase } from '../support/store.ts'
import { standaloneWire } from '../support/standalone-wire.ts'

let brand: TestBrand
const folder = mkdtempSync(join(tmpdir(), 'doctor-'))
let stranger: Server
beforeAll(async () => {
  brand = await openHealthyBrand()
  stranger = createServer((_, response) => void response.end('<h1>Welcome</h1>'))
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  stranger.close()
  await brand.close()
  rmSync(folder, { recursive: true })
})
const { undo, lin, putRight, console, otherwise, registered, refusedCallback, refusedNotice, refusedOnce, leftInInbox } = createBreaking(() => brand)
afterEach(putRight)

type Row = readonly [told: string, breaks: () => Broken | Promise<Broken>]

const env = (values: Readonly<Record<string, string | undefined>>) => () => ({ env: values })

/** A file of the brand's that says something else. */
function fileWith(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function dataDirWith(marker: object): string {
  const path = join(folder, `data-${Object.values(marker).join('-')}`)
  mkdirSync(path)
  writeFileSync(join(path, 'embedded-mongo.json'), JSON.stringify(marker))
  return path
}

const strangersUrl = () => `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`
/** Nobody listens there. */
const nowhere = 'http://127.0.0.1:1'

test('H2: a healthy set-up: nothing is found, exit code 0, and nothing that the stand-in would have to complain of', async () => {
  const diagnosis = await diagnosed(brand)
  expect(toldBy(diagnosis)).toEqual([])
  expect(exitCodeOf(diagnosis)).toBe(0)
  const left = Object.entries(diagnosis.outcomes).filter(([, outcome]) => outcome !== 'good')
  expect(left).toEqual([['data-dir', 'not-configured']])
  expect(brand.tencent.problems).toEqual([])
})

const settings: readonly Row[] = [
  ['wrong: setting-missing (WECOM_CORP_ID is missing: it must be the corpid from 我的企业, such as ww0123456789abcdef)', env({ WECOM_CORP_ID: '' })],
  ['wrong: setting-malformed (PUBLIC_URL must be an address without a path, such as https://crm.example.com)', env({ PUBLIC_URL: 'https://crm.example.com/crm' })],
  ['wrong: callback-token-malformed (OA_CALLBACK_TOKEN must be 1 to 32 letters or digits)', env({ OA_CALLBACK_TOKEN: 'with spaces' })],
  ['wrong: aes-key-malformed (SHOP_CALLBACK_AES_KEY must be 43 letters or digits)', env({ SHOP_CALLBACK_AES_KEY: 'MiraShopKey0123456789abcdefghijklmnopqrstu' })],
  ['wrong: pay-setting-malformed (WXPAY_API_V3_KEY must be 32 characters: the APIv3 key)', env({ WXPAY_API_V3_KEY: 'short' })],
  ['wrong: verify-files-malformed (VERIFY_FILES must name files such as WW_verify_AbC123.txt or Ab12.txt=content, comma-separated (1 are not))', env({ VERIFY_FILES: 'index.html' })],
  ['warning: identity-secret-missing', env({ IDENTITY_SECRET: '' })],
  ['wrong: notices-file-broken (notices.json is not JSON)', () => ({ env: { NOTICES_FILE: fileWith('notices.json', '{') } })],
  ['wrong: retention-file-broken (retention.json events: must be whole days from 30 to 1095)', () => ({ env: { RETENTION_FILE: fileWith('retention.json', '{"events":1}') } })],
  ['wrong: sentences-file-broken (sentences.json rules: Invalid input: expected record, received undefined)', () => ({ deps: { sentencesFile: fileWith('sentences.json', '{"fallback":["{customer}，{greeting}一","{customer}，{greeting}二","{customer}，{greeting}三"]}') } })],
  ['wrong: data-dir-unwritable (/sys/no-data)', env({ MONGODB_URI: '', DATA_DIR: '/sys/no-data' })],
  ['wrong: data-dir-other-version', () => ({ env: { MONGODB_URI: '', DATA_DIR: dataDirWith({ format: 'embedded-mongo', version: 2, store: 'x' }) } })],
  ['wrong: data-dir-damaged', () => ({ env: { MONGODB_URI: '', DATA_DIR: dataDirWith({ format: 'embedded-mongo', version: 1, store: 'x', filled: true }) } })],
  ['wrong: data-dir-foreign', env({ MONGODB_URI: '', DATA_DIR: folder })],
]

const ours: readonly Row[] = [
  ['wrong: store-unreachable (mongodb 127.0.0.1:1/none, ECONNREFUSED)', env({ MONGODB_URI: 'mongodb://127.0.0.1:1/none' })],
  ['wrong: store-not-replica-set', async () => {
    const wire = await standaloneWire(String(brand.env['MONGODB_URI']))
    undo.push(() => wire.close())
    return { env: { MONGODB_URI: wire.uri } }
  }],
  ['wrong: clock-off (120)', () => ({ deps: { clock: { now: () => new Date(brand.clock.now().getTime() + 120_500) } } })],
  ['wrong: clock-off (-400)', () => ({ deps: { clock: { now: () => new Date(brand.clock.now().getTime() - 399_500) } } })],
  ['wrong: public-url-not-https', env({ PUBLIC_URL: 'http://crm.example.com' })],
  ['wrong: public-url-unreachable (127.0.0.1:1: no connection)', env({ PUBLIC_URL: nowhere })],
  ['wrong: public-url-certificate', async () => {
    const { privateKey: key, certificate: cert } = payKeys.stranger
    const own = createHttpsServer({ key, cert }, (_, response) => void response.end('{}'))
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    undo.push(() => own.close())
    return { env: { PUBLIC_URL: `https://127.0.0.1:${(own.address() as AddressInfo).port}`, TRUST_PROXY: '1' } }
  }],
  ['wrong: public-url-other (HTTP 200)', () => ({ env: { PUBLIC_URL: strangersUrl() } })],
  ['wrong: public-url-other-settings', env({ SESSION_SECRET: 'a-session-secret-of-somebody-else' })],
  ['wrong: verify-file-not-served (WW_verify_AbC123.txt)', env({ VERIFY_FILES: 'WW_verify_AbC123.txt' })],
  ['wrong: callback-url-fails (wechat-shop)', env({ SHOP_CALLBACK_TOKEN: 'NotYetRestarted' })],
  ['wrong: callback-url-fails (wecom)', env({ WECOM_CALLBACK_AES_KEY: 'A'.repeat(43) })],
  ['warning: forward-unreachable (FORWARD_OFFICIAL_ACCOUNT, 127.0.0.1:1: no connection)', env({ FORWARD_OFFICIAL_ACCOUNT: `${nowhere}/wechat?old=1` })],
  ['wrong: worker-nobody', async () => {
    const { leases } = brand.server.stores
    await leases.release('worker', 'a process that works')
    undo.push(() => leases.hold('worker', 'a process that works', 3600_000))
    return {}
  }],
  ['wrong: restore-unfinished', async () => {
    const { uri, drop } = testDatabase()
    const { db, close } = await databaseAt(uri)
    await markRestore(db, brand.clock.now())
    undo.push(close, drop)
    return { env: { MONGODB_URI: uri } }
  }],
  ['warning: inbox-set-aside (1)', () => leftInInbox('set-aside')],
  ['warning: inbox-stuck (1)', () => leftInInbox('stuck')],
  ['warning: inbox-deep', async () => {
    await lin().writes('这件多少钱')
    brand.clock.move(10 * 60_000)
    undo.push(() => brand.settle())
    return {}
  }],
]

const weCom: readonly Row[] = [
  ['wrong: tencent-unreachable (127.0.0.1:1/cgi-bin/gettoken, network failure)', env({ WECOM_API_BASE: nowhere })],
  ['wrong: corp-id-wrong', registered(() => brand.tencent.brand, 'corpId', 'wwsomebodyelse')],
  ['wrong: agent-secret-wrong', env({ WECOM_AGENT_SECRET: 'another' })],
  ['wrong: agent-other-secret', env({ WECOM_AGENT_ID: '1000009' })],
  ['wrong: ip-not-trusted', console({ ipTrusted: false })],
  ['wrong: agent-closed', console({ closed: true })],
  ['wrong: agent-range-empty', () => {
    const everybody = Object.keys(brand.tencent.world.staff)
    for (const userid of everybody) brand.tencent.weather.removeFromVisibleRange(userid)
    undo.push(() => everybody.forEach((userid) => brand.tencent.weather.addToVisibleRange(userid)))
    return {}
  }],
  ['wrong: trusted-domain-missing', console({ trustedDomain: null })],
  ['wrong: trusted-domain-other', console({ trustedDomain: 'crm.example.com' })],
  ['wrong: contact-secret-wrong', env({ WECOM_CONTACT_SECRET: 'another' })],
  ['wrong: contact-api-not-enabled', console({ contactApi: false })],
  ['wrong: contact-right-withdrawn', refusedOnce(48006, 'externalcontact/get_follow_user_list')],
  ['wrong: contact-activity-low', refusedOnce(48011, 'externalcontact/batch/get_by_user')],
  ['wrong: company-blocked', refusedOnce(301007, 'agent/get')],
  ['wrong: tencent-refused (/cgi-bin/agent/get 45009)', refusedOnce(45009, 'agent/get')],
  ['wrong: nobody-has-contacts', () => {
    const everybody = Object.values(brand.tencent.world.staff)
    for (const member of everybody) otherwise(member, 'contacts', false)
    return {}
  }],
  ['wrong: staff-unknown (nobody)', env({ OPERATORS: 'nobody' })],
  ['wrong: staff-outside-range (mei)', () => {
    brand.tencent.weather.removeFromVisibleRange('mei')
    undo.push(() => brand.tencent.weather.addToVisibleRange('mei'))
    return {}
  }],
  ['wrong: open-platform-not-bound (41)', console({ companyBound: false })],
]

const weChat: readonly Row[] = [
  ['wrong: account-app-id-wrong', registered(() => brand.tencent.brand.account, 'appId', 'wxsomebodyelse')],
  ['wrong: account-secret-wrong', env({ OA_APP_SECRET: 'another' })],
  ['wrong: account-ip-not-listed', console({ accountIpListed: false })],
  ['wrong: account-not-verified', console({ accountVerified: false })],
  ['wrong: account-limited', refusedOnce(50002, 'user/info/batchget')],
  ['wrong: account-not-bound (41)', console({ accountBound: false })],
  ['warning: entities-apart (粉丝 41、客户 41、重合 0 · 41 followers, 41 contacts, 0 both)', console({ accountApart: true })],
  ['wrong: mini-program-app-id-wrong', registered(() => brand.tencent.brand.miniProgram, 'appId', 'wxsomebodyelse')],
  ['wrong: mini-program-secret-wrong', env({ MINIPROGRAM_APP_SECRET: 'another' })],
  ['wrong: mini-program-not-bound', async () => {
    brand.clock.move(2 * 60_000)
    const zhou = brand.tencent.customer('zhou', { unionId: null })
    await zhou.reports([])
    await sees(brand, 'mini-program-login', 'mini-program-not-bound')
    undo.push(async () => {
      brand.clock.move(2 * 60_000)
      await lin().startsMallSession()
      await sees(brand, 'mini-program-login', 'good')
    })
    return {}
  }],
  ['wrong: shop-app-id-wrong', registered(() => brand.tencent.brand.shop, 'appId', 'wxsomebodyelse')],
  ['wrong: shop-secret-wrong', env({ SHOP_APP_SECRET: 'another' })],
  ['wrong: shop-no-permission', console({ shopRights: false })],
  ['wrong: pay-signature-wrong', env({ WXPAY_SERIAL_NO: '0123456789ABCDEF' })],
  ['wrong: pay-api-v3-key-wrong', env({ WXPAY_API_V3_KEY: 'SomebodyElsesV3Key0123456789abcd' })],
  ['wrong: pay-public-key-id-wrong', env({ WXPAY_PUBLIC_KEY_ID: 'PUB_KEY_ID_0000000000000000' })],
  ['wrong: pay-public-key-wrong', () => ({ env: { WXPAY_PUBLIC_KEY: String(createPublicKey(payKeys.stranger.privateKey).export({ type: 'spki', format: 'pem' })) } })],
  ['wrong: pay-no-key', () => {
    otherwise(brand.tencent.pay, 'certificates', [])
    return { env: { WXPAY_PUBLIC_KEY_ID: '', WXPAY_PUBLIC_KEY: '' } }
  }],
  ['wrong: pay-not-opened', () => {
    brand.tencent.pay.nextRefusals.push('NO_AUTH')
    return {}
  }],
  ['wrong: pay-refused (/v3/certificates RULE_LIMIT)', () => {
    brand.tencent.pay.nextRefusals.push('RULE_LIMIT')
    return {}
  }],
  ['wrong: pay-not-bound', env({ WXPAY_APP_ID: 'wxsomebodyelse' })],
]

const callbacks: readonly Row[] = [
  ['warning: callback-never-seen (wecom)', () => {
    const { stores } = brand.server
    const unseen = async () => (await stores.sightings.all()).filter(({ source }) => source !== 'wecom')
    return { deps: { stores: { ...stores, sightings: { ...stores.sightings, all: unseen } } } }
  }],
  ['warning: callback-key-unknown (wechat-pay)', () => refusedNotice('callback-key-unknown', 401, () => brand.tencent.pay.tells(payment, { forged: 'unknown-serial' }))],
  ['wrong: callback-not-opened (wechat-pay)', () => {
    otherwise(brand.tencent.brand.pay, 'apiV3Key', 'SomebodyElsesV3Key0123456789abcd')
    return refusedNotice('callback-not-opened', 422, async () => {
      const statuses = await brand.tencent.pay.tells(payment)
      undo.shift()?.()
      return statuses
    })
  }],
  ['warning: callback-token-wrong (official-account)', () => refusedCallback('callback-token-wrong', () => lin().writes('x', { forged: 'signature' }))],
  ['wrong: callback-other-receiver (official-account)', () => refusedCallback('callback-other-receiver', () => lin().writes('x', { forged: 'foreign-receiver' }))],
  ['wrong: callback-not-encrypted (official-account)', () => refusedCallback('callback-not-encrypted', () => lin().writes('x', { mode: 'plain' }))],
  ['wrong: callback-aes-key-wrong (official-account)', () =>
    refusedCallback('callback-aes-key-wrong', async () => {
      const { keys } = brand.tencent.brand.account
      const { aesKey } = keys
      keys.aesKey = 'B'.repeat(43)
      const statuses = await lin().writes('x')
      keys.aesKey = aesKey
      return statuses
    })],
]

describe.each([
  ['settings and files', settings],
  ['store, clock, address and work', ours],
  ['WeCom', weCom],
  ['Official Account, mini-program, shop, payments', weChat],
  ['what callbacks tell', callbacks],
] as const)('H2: one thing is wrong with %s, and it alone is named', (_, rows) => {
  test.each(rows)('%s', async (told, breaks) => {
    const { env: values, deps } = await breaks()
    const found = toldBy(await diagnosed(brand, values, deps))
    expect(found.map((one) => (told.includes('(') ? one : one.replace(/ \(.*/s, '')))).toEqual([told])
  })
})

test('H2: where WeCom refuses because of a setting, an operator reads which and its fix, a salesperson a plain sentence', async () => {
  const [mei, ou] = [await signedIn(brand, brand.tencent.staff('mei')), await signedIn(brand, brand.tencent.staff('ou'))]
  const signature = { kind: 'corp', url: `${brand.env['PUBLIC_URL']}/sidebar/` }
  brand.tencent.weather.console({ ipTrusted: false })
  const toMei = await mei.post<ErrorAnswer>('/api/jssdk/signature', signature)
  const toOu = await ou.post<ErrorAnswer>('/api/jssdk/signature', signature)
  expect([toMei.status, toMei.body.error]).toEqual([502, { code: 'not-set-up', message: '系统和企业微信之间的设置有问题，请告诉管理员。' }])
  const { what, fix } = wordsOf({ fault: 'ip-not-trusted', about: null })
  expect([toOu.status, toOu.body.error]).toEqual([502, { code: 'not-set-up', message: `${what.zh}。${fix.zh}。`, details: { fault: 'ip-not-trusted' } }])

  const anna = brand.tencent.staff('anna')
  await anna.opens(`${brand.env['PUBLIC_URL']}/api/session?return=${encodeURIComponent('/sidebar/')}`)
  expect((await pageOf(brand, anna.browser).get('/api/session')).code).toBe('not-set-up')
  expect(brand.log.lines).toContainEqual(expect.objectContaining({ msg: 'nobody can sign in', fault: 'ip-not-trusted' }))
  brand.tencent.weather.console()
})

test('H2: the log line of a refused callback has the name that the doctor has', () => {
  const refusals = brand.log.lines.filter(({ msg }) => msg === 'callback refused')
  expect(new Set(refusals.map(({ fault }) => fault))).toEqual(new Set(['callback-token-wrong', 'callback-other-receiver', 'callback-not-encrypted', 'callback-aes-key-wrong', 'callback-key-unknown']))
})

test('H2: the command prints one JSON line with exit code 0 when all is well, and for people what is wrong and exit code 1', async () => {
  brand.clock.move(Date.now() - brand.clock.now().getTime())
  const healthy = doctor({}, '--json')
  const broken = doctor({ WECOM_AGENT_SECRET: 'another' })
  const { code, out } = await healthy
  expect(JSON.parse(out)).toMatchObject({ healthy: true, exitCode: 0, findings: [], checks: { 'wecom-app': 'good', pay: 'good' } })
  expect(code).toBe(0)
  const told = await broken
  expect(told.code).toBe(1)
  const { what, fix } = wordsOf({ fault: 'agent-secret-wrong', about: null })
  expect(told.out.split('\n').slice(0, 7)).toEqual([expect.stringContaining(`替身：WECOM_API_BASE ${new URL(String(brand.env['WECOM_API_BASE'])).host}，`), expect.stringContaining('Tencent was not asked'), '', `✗ ${what.zh}`, `  ${what.en}  [agent-secret-wrong]`, `  → ${fix.zh}`, `    ${fix.en}`])
  expect(told.out).toContain('操作指南第 2 步 docs/operator-guide.zh-CN.md')
  expect(told.out).not.toContain('another')
})

async function doctor(values: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [...commandOf('doctor'), ...args], { env: { ...process.env, ...brand.env, ...values } })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out }
}
