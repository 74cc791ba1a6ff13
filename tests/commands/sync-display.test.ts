import { expect, test } from 'vitest'
import { exitCodeOf, logDisplay, progressLine, summaryLines, terminalDisplay } from '../../server/commands/sync-display.ts'
import { memoryLog } from '../support/memory-log.ts'

test.each([
  [{ read: 25_000, total: 100_000, perSecond: 1_950 }, '外部联系人 contacts  [######------------------]  25 %  25,000/100,000  1,950/s  剩余 0:38 left'],
  [{ read: 0, total: 100, perSecond: null }, '外部联系人 contacts  [------------------------]  0 %  0/100'],
  [{ read: 100, total: 100_000, perSecond: 10 }, '外部联系人 contacts  [------------------------]  0 %  100/100,000  10/s  剩余 2:46:30 left'],
  [{ read: 300, total: null, perSecond: 20 }, '外部联系人 contacts  300  20/s'],
  [{ read: 300, total: 200, perSecond: 20 }, '外部联系人 contacts  300  20/s'],
] as const)('A10: progress with rate and time left: %o', (standing, line) => {
  expect(progressLine('contacts', standing)).toBe(line)
})

const refused = [{ api: '/cgi-bin/user/list', errcode: 60011, about: 'department 7' }, { api: '/cgi-bin/user/list', errcode: 60011, about: 'department 8' }]

test('A10: the summary explains each kind of refusal once, and the exit code tells', () => {
  const stages = { contacts: { read: 1_200, changed: 3, refused: [] }, members: { read: 5, changed: 0, refused } }
  const summary = { resumed: false, stages, failed: ['tags' as const], failure: null }
  expect(summaryLines(summary)).toEqual([
    '外部联系人 contacts  已读 1,200 read, 变化 3 changed',
    '成员与部门 members  已读 5 read, 变化 0 changed',
    '  ! 跳过 left out [department 7, department 8]: 成员或部门不在应用的可见范围内：请在应用详情页把他们加入可见范围 · the member or department is outside the visible range of the app: add them there (/cgi-bin/user/list 60011)',
    '企业标签 tags  未完成，下次继续 · not finished, goes on with the next run',
  ])
  expect([exitCodeOf(summary), exitCodeOf({ ...summary, failed: [] }), exitCodeOf({ ...summary, failed: [], stages: {} })]).toEqual([1, 2, 0])
})

test('A10: a terminal gets one line that moves, and what stays; elsewhere a log line every ten seconds', () => {
  let now = 0
  let text = ''
  const terminal = terminalDisplay({ write: (part) => (text += part), columns: 80 }, () => now)
  const log = memoryLog()
  const logged = logDisplay(log, () => now)
  for (const { watch } of [terminal, logged]) watch.begins('contacts')
  for (let read = 100; read <= 2_000; read += 100) {
    now += 1_000
    for (const { watch } of [terminal, logged]) watch.moved('contacts', read, 4_000)
  }
  for (const { watch } of [terminal, logged]) {
    watch.waits(60_000, 45009)
    watch.ended('contacts', { read: 2_000, changed: 7, refused: [] }, false)
  }
  terminal.end()
  expect(text.split('\r\x1b[K').slice(-4)).toEqual([
    expect.stringContaining('2,000/4,000  100/s'),
    '  … 调用过于频繁 · called too often (45009)：等待 1:00 waiting\n',
    '外部联系人 contacts  已读 2,000 read, 变化 7 changed\n',
    '',
  ])
  expect(log.lines.map(({ msg }) => msg)).toEqual(['synchronising', 'synchronising', 'synchronising', 'stage synchronised'])
  expect(log.lines[2]).toMatchObject({ read: 2_000, total: 4_000, perSecond: 100, secondsLeft: 20 })
})
