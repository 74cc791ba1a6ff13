import { describe, expect, test } from 'vitest'
import { loadConfig, type Config } from '../../config/load.ts'
import { ConfigInvalid } from '../../server/domain/errors.ts'
import { least, weCom, withGroups } from './environments.ts'

type Env = Readonly<Record<string, string>>

function problemsOf(env: Env): readonly string[] {
  try {
    loadConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.problems
    throw error
  }
}

describe('what may be left out', () => {
  test('Ops: PUBLIC_URL, SESSION_SECRET and the WeCom group are enough; all else has its default', () => {
    const config = loadConfig(least)
    expect(config).toMatchObject({
      port: 3000,
      publicUrl: 'https://crm.brand.test',
      dataDir: './data',
      mongodbUri: null,
      hours: { fromMinute: 9 * 60, toMinute: 21 * 60, timeZone: 'Asia/Shanghai' },
      mergeMinutes: 10,
      unfollowEraseDays: 7,
      privacyPaths: [],
      ownerRule: 'newest',
      operators: [],
      managers: [],
      metricsToken: null,
      drainMs: 0,
      replaySecret: null,
      trustProxy: null,
      warnings: [expect.stringMatching(/^TRUST_PROXY is not set/)],
      allowedOrigins: ['https://crm.brand.test'],
      officialAccount: null,
      shop: null,
      miniProgram: null,
      pay: null,
      bases: {
        weComApi: 'https://qyapi.weixin.qq.com',
        weChatApi: 'https://api.weixin.qq.com',
        weChatOpen: 'https://open.weixin.qq.com',
        weComLogin: 'https://login.work.weixin.qq.com',
        weChatPay: 'https://api.mch.weixin.qq.com',
      },
    })
    expect(config.weCom.contactSecret).toBe(least.WECOM_AGENT_SECRET)
  })

  test('Ops: nothing at all set names everything that must be, at once', () => {
    const named = problemsOf({}).map((problem) => problem.split(' ')[0])
    expect(named.toSorted()).toEqual(['PUBLIC_URL', 'SESSION_SECRET', ...Object.keys(weCom)].toSorted())
  })

  test('Ops: an empty line of .env.example is the same as no line', () => {
    const empty = Object.fromEntries(Object.keys(withGroups).map((name) => [name, '']))
    expect(loadConfig({ ...empty, ...least })).toEqual(loadConfig(least))
  })

  test.each([
    ['OA_', 'officialAccount', 4],
    ['SHOP_', 'shop', 4],
    ['MINIPROGRAM_', 'miniProgram', 2],
    ['WXPAY_', 'pay', 5],
  ] as const)('Ops: each variable of the group %s alone asks for the rest of it', (prefix, part, required) => {
    const group = Object.entries(withGroups).filter(([name]) => name.startsWith(prefix))
    expect(loadConfig(withGroups)[part]).not.toBeNull()
    for (const [name, value] of group) {
      const problems = problemsOf({ ...least, [name]: value })
      const own = /_APP_|OA_CALLBACK_TOKEN|OA_CALLBACK_AES|SHOP_CALLBACK|WXPAY_(?!PUB)/.test(name) ? 1 : 0
      const missing = problems.filter((problem) => new RegExp(`^${prefix}\\w+ is missing`).test(problem))
      expect(missing).toEqual(problems)
      expect(missing.length).toBeGreaterThanOrEqual(required - own)
    }
  })

  test('A4: a key’s line breaks may be written as \\n', () => {
    const { WXPAY_PRIVATE_KEY: key } = withGroups
    const config = loadConfig({ ...withGroups, WXPAY_PRIVATE_KEY: key.trim().replaceAll('\n', '\\n') })
    expect(config.pay?.privateKey === key.trim()).toBe(true)
  })

  test('A4: the public key of WeChat Pay and its id are both or neither', () => {
    const { WXPAY_PUBLIC_KEY: key, WXPAY_PUBLIC_KEY_ID: id, ...neither } = withGroups
    expect(loadConfig(neither).pay?.publicKey).toBeNull()
    expect(problemsOf({ ...neither, WXPAY_PUBLIC_KEY: key })).toEqual([expect.stringMatching(/^WXPAY_PUBLIC_KEY_ID /)])
    expect(problemsOf({ ...neither, WXPAY_PUBLIC_KEY_ID: id })).toEqual([expect.stringMatching(/^WXPAY_PUBLIC_KEY /)])
  })

  test('Ops: the callback pair of the mini-program is both or neither', () => {
    const { MINIPROGRAM_CALLBACK_TOKEN: token, MINIPROGRAM_CALLBACK_AES_KEY: key, ...neither } = withGroups
    expect(loadConfig(neither).miniProgram?.callback).toBeNull()
    expect(problemsOf({ ...neither, MINIPROGRAM_CALLBACK_TOKEN: token })).toEqual([expect.stringMatching(/^MINIPROGRAM_CALLBACK_AES_KEY /)])
    expect(problemsOf({ ...neither, MINIPROGRAM_CALLBACK_AES_KEY: key })).toEqual([expect.stringMatching(/^MINIPROGRAM_CALLBACK_TOKEN /)])
  })
})

describe('what each variable becomes', () => {
  const cases: readonly (readonly [string, string, (config: Config) => unknown, unknown])[] = [
    ['PORT', '0', ({ port }) => port, 0],
    ['PUBLIC_URL', 'https://crm.brand.test/', ({ publicUrl }) => publicUrl, 'https://crm.brand.test'],
    ['DATA_DIR', '/var/lib/crm', ({ dataDir }) => dataDir, '/var/lib/crm'],
    ['MONGODB_URI', 'mongodb+srv://db.brand.test/crm', ({ mongodbUri }) => mongodbUri, 'mongodb+srv://db.brand.test/crm'],
    ['TZ_STORE', 'Asia/Urumqi', ({ hours }) => hours.timeZone, 'Asia/Urumqi'],
    ['OPENING_HOURS', '00:00-24:00', ({ hours }) => [hours.fromMinute, hours.toMinute], [0, 1440]],
    ['OPENING_HOURS', '20:00-02:00', ({ hours }) => [hours.fromMinute, hours.toMinute], [1200, 120]],
    ['ALERT_MERGE_MINUTES', '0', ({ mergeMinutes }) => mergeMinutes, 0],
    ['UNFOLLOW_ERASE_DAYS', '30', ({ unfollowEraseDays }) => unfollowEraseDays, 30],
    ['VERIFY_FILES', 'WW_verify_a1.txt', ({ verifyFiles }) => [...verifyFiles], [['WW_verify_a1.txt', 'a1']]],
    ['OWNER_RULE', 'oldest', ({ ownerRule }) => ownerRule, 'oldest'],
    ['OPERATORS', ' ZhangSan, lisi ,', ({ operators }) => operators, ['zhangsan', 'lisi']],
    ['MANAGERS', 'Boss', ({ managers }) => managers, ['boss']],
    ['IDENTITY_SECRET', '', ({ identitySecret }) => identitySecret, least.SESSION_SECRET],
    ['IDENTITY_SECRET', 'sixteen-letters!', ({ identitySecret }) => identitySecret, 'sixteen-letters!'],
    ['METRICS_TOKEN', 'sixteen-letters!', ({ metricsToken }) => metricsToken, 'sixteen-letters!'],
    ['DRAIN_SECONDS', '5', ({ drainMs }) => drainMs, 5000],
    ['REPLAY_SECRET', 'sixteen-letters!', ({ replaySecret }) => replaySecret, 'sixteen-letters!'],
    ['REPLAY_SECRET', 'short', ({ replaySecret }) => replaySecret, 'short'],
    ['SESSION_SECRET', 'short', ({ warnings }) => warnings.filter((line) => !line.startsWith('TRUST_PROXY')), ['SESSION_SECRET is short: use at least 16 random characters']],
    ['REPLAY_SECRET', 'short', ({ warnings }) => warnings.filter((line) => !line.startsWith('TRUST_PROXY')), ['REPLAY_SECRET is short: use at least 16 random characters']],
    ['ALLOWED_ORIGINS', 'https://mall.test', ({ allowedOrigins }) => allowedOrigins, ['https://crm.brand.test', 'https://mall.test']],
    ['WECOM_CONTACT_SECRET', 'separate', ({ weCom: { contactSecret } }) => contactSecret, 'separate'],
    ['OA_MEMBER_CARDS', '', ({ officialAccount }) => officialAccount?.memberCards, []],
    ['OA_MEMBER_CARDS', 'pCard-1, pCard_2', ({ officialAccount }) => officialAccount?.memberCards, ['pCard-1', 'pCard_2']],
    ['OA_CALLBACK_MODE', '', ({ officialAccount }) => officialAccount?.mode, 'secure'],
    ['OA_CALLBACK_MODE', 'compatible', ({ officialAccount }) => officialAccount?.mode, 'compatible'],
    ['WECOM_API_BASE', 'http://127.0.0.1:9/', ({ bases }) => bases.weComApi, 'http://127.0.0.1:9'],
    ['WECHAT_API_BASE', 'http://127.0.0.1:9', ({ bases }) => bases.weChatApi, 'http://127.0.0.1:9'],
    ['WECHAT_OPEN_BASE', 'http://127.0.0.1:9', ({ bases }) => bases.weChatOpen, 'http://127.0.0.1:9'],
    ['WECOM_LOGIN_BASE', 'http://127.0.0.1:9', ({ bases }) => bases.weComLogin, 'http://127.0.0.1:9'],
    ['WECHAT_PAY_BASE', 'http://127.0.0.1:9', ({ bases }) => bases.weChatPay, 'http://127.0.0.1:9'],
  ]
  test.each(cases)('Ops: %s = %j', (name, value, read, expected) => {
    expect(read(loadConfig({ ...withGroups, [name]: value }))).toEqual(expected)
  })
})

describe('what is malformed', () => {
  const wrong: readonly (readonly [string, ...string[]])[] = [
    ['PORT', '70000', '3.5', '-1', 'http'],
    ['PUBLIC_URL', 'crm.secret-value.test', 'ftp://secret-value.test', 'https://a.test/?q=secret-value', 'https://u:secret-value@a.test', 'https://a.test/secret-value'],
    ['MONGODB_URI', 'secret-value', 'https://secret-value'],
    ['IDENTITY_SECRET', 'secret-value'],
    ['TZ_STORE', 'secret-value', '+08:00'],
    ['OPENING_HOURS', '9-21', '09:00-25:00', '09:60-21:00', '09:00-09:00', '24:00-09:00', 'secret-value'],
    ['ALERT_MERGE_MINUTES', '-1', '1.5', 'secret-value', '1441'],
    ['UNFOLLOW_ERASE_DAYS', '-1', '0.5', '366'],
    ['OWNER_RULE', 'secret-value', 'Newest'],
    ['VERIFY_FILES', '../secret-value.txt', 'secret-value', 'a.txt=secret value'],
    ['ALLOWED_ORIGINS', 'secret-value.test', 'https://a.test/secret-value', 'https://a.test/', 'https://a.test,*'],
    ['WECOM_CORP_ID', 'secret value', 'x'],
    ['WECOM_AGENT_ID', 'secret-value', '1.5'],
    ['WECOM_CALLBACK_TOKEN', 'secret-value', 'x'.repeat(33)],
    ['WECOM_CALLBACK_AES_KEY', 'secret-value', `${'x'.repeat(42)}=`],
    ['OA_APP_ID', 'secret value'],
    ['OA_CALLBACK_TOKEN', 'secret-value'],
    ['OA_CALLBACK_AES_KEY', 'secret-value'],
    ['WXPAY_MCH_ID', 'secret-value', '1'],
    ['WXPAY_API_V3_KEY', 'secret-value', 'x'.repeat(33)],
    ['WXPAY_PUBLIC_KEY_ID', 'secret-value'],
    ['WXPAY_PUBLIC_KEY', 'secret-value', '-----BEGIN PUBLIC KEY-----\nsecret-value'],
    ['WXPAY_PRIVATE_KEY', 'secret-value', '-----BEGIN PRIVATE KEY-----\nsecret-value'],
    ['WXPAY_SERIAL_NO', 'secret-value', 'x'.repeat(40)],
    ['OA_CALLBACK_MODE', 'secret-value', 'Secure'],
    ['OA_MEMBER_CARDS', 'p card', 'p.1'],
    ['SHOP_APP_ID', 'secret value'],
    ['SHOP_CALLBACK_TOKEN', 'secret-value'],
    ['SHOP_CALLBACK_AES_KEY', 'secret-value'],
    ['MINIPROGRAM_APP_ID', 'secret value'],
    ['MINIPROGRAM_CALLBACK_TOKEN', 'secret-value'],
    ['MINIPROGRAM_CALLBACK_AES_KEY', 'secret-value'],
    ['WECOM_API_BASE', 'secret-value'],
    ['WECHAT_API_BASE', 'secret-value'],
    ['WECHAT_OPEN_BASE', 'secret-value'],
    ['WECOM_LOGIN_BASE', 'secret-value'],
  ]
  test.each(wrong.flatMap(([name, ...values]) => values.map((value) => [name, value] as const)))(
    'Ops: %s = %j is one problem that names it and never the value',
    (name, value) => {
      const problems = problemsOf({ ...withGroups, [name]: value })
      expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name} must `))])
      expect(problems.join()).not.toContain('secret')
      expect(problems.join().split(/[\s,]/)).not.toContain(value)
    },
  )

  test('Ops: everything wrong at once is told at once', () => {
    const all = Object.fromEntries(wrong.map(([name, value]) => [name, value ?? '']))
    const problems = problemsOf({ ...withGroups, ...all })
    expect(problems.map((problem) => problem.split(' ')[0]).toSorted()).toEqual(Object.keys(all).toSorted())
  })
})
