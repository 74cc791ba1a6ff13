import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findingOfProblem, findingOfWarning } from '../../server/domain/diagnosis-causes.ts'
import { doctorLines } from '../../server/commands/doctor-display.ts'
import { faults, found, wordsOf } from '../../server/domain/diagnosis-faults.ts'
import { checkNames, exitCodeOf, isBlocked, needsOf, type CheckName, type Diagnosis, type Fault, type Outcome } from '../../server/domain/diagnosis.ts'
import { doctorList } from '../support/doctor-list.ts'

const docs = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

test('H2: at least thirty faults, each in both languages with its fix and a step that both guides have', () => {
  const steps = ['operator-guide.md', 'operator-guide.zh-CN.md'].map((name) => [...docs(name).matchAll(/^## (\d)\. /gm)].map((match) => Number(match[1])))
  const all = Object.entries<Fault>(faults)
  expect(all.length).toBeGreaterThan(30)
  for (const [name, { what, fix, step }] of all) {
    expect([name, ...steps.map((list) => list.includes(step))]).toEqual([name, true, true])
    for (const { zh, en } of [what, fix]) expect([name, /\p{Script=Han}/u.test(zh), en.length > 10]).toEqual([name, true, true])
  }
})

test('H2: docs/doctor.md is the list', () => {
  expect(docs('doctor.md')).toBe(doctorList())
})

test('H2: an examination needs only what comes before it, and is left out with all that needs it', () => {
  for (const [place, check] of checkNames.entries()) {
    for (const need of needsOf(check)) expect(checkNames.indexOf(need)).toBeLessThan(place)
  }
  const outcomes = new Map<CheckName, Outcome>([['settings', 'good'], ['tencent', 'wrong']])
  expect(isBlocked('public-address', outcomes)).toBe(false)
  expect(isBlocked('wecom-app', outcomes)).toBe(true)
  outcomes.set('wecom-app', 'skipped')
  expect(isBlocked('wecom-range', outcomes)).toBe(true)
  outcomes.set('wecom-app', 'warning')
  expect(isBlocked('wecom-range', outcomes)).toBe(false)
})

test.each([
  ['WECOM_AGENT_ID is missing: it must be a whole number', 'setting-missing'],
  ['WECOM_CALLBACK_AES_KEY is missing: it must be 43 letters or digits', 'setting-missing'],
  ['WECOM_CALLBACK_AES_KEY must be 43 letters or digits', 'aes-key-malformed'],
  ['inbound.json sources: Required', 'inbound-file-broken'],
  ['OUTGOING_WEBHOOKS_FILE must be a file', 'outgoing-file-broken'],
  ['PORT must be a whole number from 0 to 65535', 'setting-malformed'],
] as const)('H2: %s -> %s', (problem, fault) => {
  expect(findingOfProblem(problem)).toEqual({ fault, about: problem, severity: 'wrong' })
})

test.each([
  ['setting-missing', 'OA_APP_ID is missing: …', 5],
  ['setting-missing', 'WECOM_AGENT_ID is missing: …', 2],
  ['setting-missing', 'PUBLIC_URL is missing: …', 1],
  ['aes-key-malformed', 'WECOM_CALLBACK_AES_KEY must be …', 3],
  ['callback-token-wrong', 'wechat-shop', 7],
  ['worker-nobody', null, 1],
] as const)('H2: %s of %s leads to step %i of the guide', (fault, about, step) => {
  expect(wordsOf({ fault, about }).step).toBe(step)
})

test('H2: for people, what is put right in one go is told in one go, and what waits is counted', () => {
  const missing = ['SHOP_APP_ID', 'SHOP_APP_SECRET'].map((name) => found('setting-missing', `${name} is missing: …`))
  const lines = doctorLines({ findings: [...missing, found('callback-never-seen', 'wecom')], outcomes: { settings: 'wrong', store: 'skipped' } as Diagnosis['outcomes'], standIns: [] })
  expect(lines.filter((line) => line.startsWith('✗'))).toHaveLength(2)
  expect(lines.filter((line) => line.startsWith('  →'))).toHaveLength(2)
  expect(lines).toContain('! 还没有收到过「企业微信」的回调')
  expect(lines.at(-1)).toContain('1 项要等它改好再查')
  const well = { findings: [], outcomes: { settings: 'good' } as Diagnosis['outcomes'], standIns: [] }
  expect(doctorLines(well)[0]).toBe('一切正常 · all is well')
  expect(doctorLines({ ...well, standIns: ['WECOM_API_BASE 127.0.0.1:4000'] })[0]).toBe('! 查的不是腾讯，是替身：WECOM_API_BASE 127.0.0.1:4000')
})

test('H2: warnings have names and exit code 2 of their own; a wrong thing beside them makes it 1', () => {
  const short = findingOfWarning('SESSION_SECRET is short: use at least 16 random characters')
  expect(short).toEqual({ fault: 'session-secret-short', about: 'SESSION_SECRET', severity: 'warning' })
  expect(exitCodeOf({ findings: [] })).toBe(0)
  expect(exitCodeOf({ findings: [short] })).toBe(2)
  expect(exitCodeOf({ findings: [short, findingOfProblem('PORT must be')] })).toBe(1)
})
